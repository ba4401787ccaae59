# Turns `gcov -n -b` into one line per source of the core.

BEGIN {
    printf "%-24s %8s %10s\n", "source", "lines", "branches"
}

/^File / {
    split($0, quoted, "'")
    of_core = quoted[2] ~ /hyperion\/core\/[^\/]*\.c$/
    name = quoted[2]
    sub(/.*\//, "", name)
    lines = "-"
}

/^Lines executed:/ && of_core {
    lines = percentage($0)
}

/^(Branches executed:|No branches)/ {
    branches = "-"
}

/^Taken at least once:/ {
    branches = percentage($0)
}

/^(Calls executed:|No calls)/ && of_core {
    printf "%-24s %8s %10s\n", name, lines, branches
    of_core = 0
}

function percentage(line) {
    sub(/^[^:]*:/, "", line)
    sub(/ of .*/, "", line)
    return line
}
