# frozen_string_literal: true

require 'etc'

module Bench
  # What a figure must name to mean anything: the machine, its kernel, the Ruby, and the commit.
  class Machine
    def to_s
      uname = Etc.uname
      ["host: #{processor}, #{Etc.sysconf(Etc::SC_NPROCESSORS_ONLN)} cores",
       "kernel #{uname[:sysname]} #{uname[:release]}, #{distribution}", ruby, "commit #{commit}"].join("\n")
    end

    private

    def processor
      File.read('/proc/cpuinfo')[/^model name\s*:\s*(.*)$/, 1] || Etc.uname[:machine]
    end

    def distribution
      File.read('/etc/os-release')[/^PRETTY_NAME="(.*)"$/, 1]
    rescue Errno::ENOENT
      'unknown distribution'
    end

    # Every Ruby contestant has YJIT on where it is built in.
    def ruby
      "#{RUBY_DESCRIPTION}, #{defined?(RubyVM::YJIT) ? 'YJIT on' : 'built without YJIT'}"
    end

    # bench/in_root tells it where there is no repository.
    def commit
      told = ENV['HYPERION_BENCH_COMMIT'].to_s
      return told unless told.empty?

      hash = git('rev-parse', '--short', 'HEAD')
      return 'unknown' if hash.empty?

      git('status', '--porcelain').empty? ? hash : "#{hash}, with changes"
    end

    def git(*arguments)
      IO.popen(['git', '-C', __dir__, *arguments], err: File::NULL, &:read).chomp
    rescue Errno::ENOENT
      ''
    end
  end
end
