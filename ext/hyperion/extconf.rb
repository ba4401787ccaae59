# frozen_string_literal: true

# Probes what the machine offers, says what it found, and writes the Makefile.
#
#   --enable-werror       warnings are errors
#   --without-liburing    leave io_uring out
#
# The binding lies in this directory, the core in core/; objects of both go to one directory.
# The core learns of the machine by HYP_HAVE_* alone, so that it also builds without this file.

require 'mkmf'

def announce(what, finding)
  message("%-44<what>s %<finding>s\n", what: "#{what}:", finding: finding)
end

def epoll?
  have_header('sys/epoll.h') && have_func('epoll_create1', 'sys/epoll.h')
end

# io_uring_get_events came with liburing 2.3.
def liburing?
  return false unless with_config('liburing', true)

  checking_for('liburing >= 2.3') do
    try_link(<<~C, '-luring')
      #include <liburing.h>
      int main(void) {
          struct io_uring ring;
          return io_uring_queue_init(8, &ring, 0) || io_uring_get_events(&ring);
      }
    C
  end
end

def use_liburing
  $defs << '-DHYP_HAVE_LIBURING=1'
  $libs = append_library($libs, 'uring')
end

def probe_machine
  $defs << '-DHYP_HAVE_EPOLL=1' if epoll?
  $defs << '-DHYP_HAVE_ACCEPT4=1' if have_func('accept4', 'sys/socket.h')
  $defs << '-DHYP_HAVE_EVENTFD=1' if have_func('eventfd', 'sys/eventfd.h')
  use_liburing if liburing?
end

def probe_ruby
  have_func('rb_internal_thread_add_event_hook', 'ruby/thread.h')
  have_func('rb_hash_new_capa', 'ruby.h')
  have_func('rb_hash_tbl', 'ruby.h')
  have_func('rb_nogvl', 'ruby/thread.h')
  have_func('rb_thread_lock_native_thread', 'ruby/thread.h')
  have_func('rb_postponed_job_preregister', 'ruby/debug.h')
end

def found?(name)
  $defs.any? { |define| define.start_with?("-D#{name}") }
end

def sources
  missing = []
  missing << /\Abackend_epoll\.c\z/ unless found?('HYP_HAVE_EPOLL')
  missing << /\A(?:backend_uring|uring_.*)\.c\z/ unless found?('HYP_HAVE_LIBURING')
  names = Dir.glob('{,core/}*.c', base: __dir__).map { |path| File.basename(path) }
  names.grep_v(Regexp.union(missing)).sort
end

def use_sources(names)
  twice = names.tally.select { |_, count| count > 1 }.keys
  abort "extconf.rb: two sources of one name: #{twice.join(', ')}" if twice.any?

  $srcs = names
  $VPATH << '$(srcdir)/core'
  $headers.concat(Dir.glob('core/*.h', base: __dir__).sort.map { |path| "$(srcdir)/#{path}" })
end

# Ruby's own headers do not pass -Wextra, so they count as the system's.
def use_flags
  $INCFLAGS.gsub!(/-I(?=\$\((?:arch_)?hdrdir\))/, '-isystem ')
  $CFLAGS << ' -std=gnu11 -O2 -fvisibility=hidden'
  $warnflags = "-Wall -Wextra -Wno-unused-parameter#{' -Werror' if enable_config('werror', false)}"
end

def announce_findings
  compiler = IO.popen([*RbConfig::CONFIG['CC'].split, '--version'], &:gets).to_s.chomp
  announce('compiler', compiler)
  announce('Ruby', RUBY_DESCRIPTION)
  { 'epoll' => 'HYP_HAVE_EPOLL', 'accept4' => 'HYP_HAVE_ACCEPT4', 'eventfd' => 'HYP_HAVE_EVENTFD',
    'liburing' => 'HYP_HAVE_LIBURING', 'GVL events' => 'HAVE_RB_INTERNAL_THREAD_ADD_EVENT_HOOK' }.each do |what, name|
    announce(what, found?(name) ? 'yes' : 'no')
  end
end

$CPPFLAGS << ' -D_GNU_SOURCE'
probe_machine
probe_ruby
use_sources(sources)
use_flags
announce_findings
create_makefile('hyperion/hyperion')
