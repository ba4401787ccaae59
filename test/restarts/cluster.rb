# frozen_string_literal: true

require 'json'
require 'rbconfig'
require 'tmpdir'

module Restarts
  # A cluster in a process of its own, with what it logs.
  class Cluster
    ROOT = File.expand_path('../..', __dir__)
    SECONDS = 120 # for what takes longer, something is wrong
    START = <<~RUBY
      require 'hyperion'
      require 'hyperion/launcher'
      require 'json'
      settings = JSON.parse(ARGV.fetch(0), symbolize_names: true)
      exit Hyperion::Launcher.new(Hyperion::Configuration.new(**settings)).run
    RUBY

    attr_reader :pid

    # @param settings [Hash{Symbol => Object}] of the configuration
    def initialize(**settings)
      @log = File.join(Dir.mktmpdir('hyperion-restarts'), 'log')
      settings = { port: 0, rackup: File.join(__dir__, 'config.ru'), **settings }
      @pid = spawn(RbConfig.ruby, '-I', "#{ROOT}/lib", '-e', START, '--', JSON.generate(settings),
                   out: [@log, 'a'], err: [@log, 'a'])
      await(/listening on/, 1)
    end

    def port
      File.read(@log)[/listening on \S+:(\d+)/, 1].to_i
    end

    # Sends the signal, and waits until all workers are new.
    def renew(signal)
      renewed = count(/all workers are renewed/)
      Process.kill(signal, @pid)
      await(/all workers are renewed/, renewed + 1)
    end

    # @return [Process::Status]
    def stop
      Process.kill(:TERM, @pid)
      Process.wait2(@pid).last
    end

    def log
      File.read(@log)
    end

    private

    def count(pattern)
      log.scan(pattern).size
    end

    def await(pattern, count)
      deadline = now + SECONDS
      until count(pattern) >= count
        raise "#{pattern.inspect} has not come:\n#{log}" if now > deadline

        sleep 0.02
      end
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
