# shellcheck shell=bash
# Roots of a newer Debian made by debootstrap, for scripts that need its Ruby: to be sourced, with the project as the
# working directory and as root. /proc and /dev are mounted in a mount namespace of the command's own, so they go away with it.

root_packages=ca-certificates,ruby,ruby-dev,bundler,build-essential,liburing-dev,libyaml-dev,pkg-config,git

# become_root VARIABLES SCRIPT...: begins the script anew by sudo unless this is root, with these variables of the environment.
become_root() {
    local kept=$1
    shift
    [[ $EUID -eq 0 ]] || exec sudo --preserve-env="LC_ALL${kept:+,$kept}" "$@"
}

# The mirror that this system's packages come from.
debian_mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 'Component: main' | awk 'NR == 1'
}

# make_root ROOT SUITE: unless it is there. It sees the network, and trusts the certificates, as this system does.
make_root() {
    local root=$1 suite=$2 mirror
    if [[ ! -e $root/usr/bin/ruby ]]; then
        command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq debootstrap; }
        mirror=$(debian_mirror)
        [[ -n $mirror ]] || { apt-get update -qq && mirror=$(debian_mirror); }
        echo "== making a root of Debian $suite in $root"
        mkdir -p "$(dirname "$root")"
        debootstrap --variant=minbase --include="$root_packages" "$suite" "$root.unfinished" "$mirror"
        mv "$root.unfinished" "$root"
    fi
    copy_system_files "$root"
}

# A mirror that lags behind is as good for a root that is kept as the root itself.
copy_system_files() {
    local root=$1 file
    echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/90-lagging-mirror"
    for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
        [[ ! -e $file ]] || cp -L "$file" "$root$file"
    done
}

# copy_project ROOT: everything but what is built here or belongs to this system's Ruby; what was built there stays.
copy_project() {
    local root=$1
    mkdir -p "$root/srv/hyperion"
    find "$root/srv/hyperion" -mindepth 1 -maxdepth 1 ! -name tmp -exec rm -rf {} +
    tar --exclude=./.git --exclude=./.bundle --exclude=./Gemfile.lock --exclude=./tmp --exclude=./vendor \
        --exclude='*.so' -cf - . | tar --no-same-owner -xf - -C "$root/srv/hyperion"
}

# in_root ROOT COMMAND...: in the project's copy, with a plain environment to which `env` may add in the command.
in_root() {
    # shellcheck disable=SC2016
    unshare --mount --propagation private bash -euc '
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        exec chroot "$@"
    ' in_root "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        BUNDLE_PATH=/srv/gems BUNDLE_SILENCE_ROOT_WARNING=1 \
        bash -euc 'cd /srv/hyperion; exec "$@"' in_root "${@:2}"
}
