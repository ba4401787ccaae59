# frozen_string_literal: true

require 'fileutils'
require 'socket'
require_relative 'failure'
require_relative 'process_tree'

module Bench
  # A contestant that runs: started on its cores and a free port, stopped with its whole process group.
  class ServerProcess
    START_SECONDS_MAX = 60 # a framework on a busy machine
    STOP_SECONDS_MAX = 5
    DESCRIPTORS_MAX = 20_000

    attr_reader :port, :pid

    # Yields the started server, and stops it.
    def self.run(contestant)
      server = new(contestant)
      server.start
      yield server
    ensure
      server&.stop
    end

    def initialize(contestant)
      @contestant = contestant
      @port = Addrinfo.tcp('127.0.0.1', 0).bind { |socket| socket.local_address.ip_port }
    end

    def start
      @pid = spawn(@contestant.environment, 'taskset', '-c', @contestant.cores, *@contestant.command(port),
                   pgroup: true, rlimit_nofile: DESCRIPTORS_MAX, in: File::NULL, %i[out err] => [log_file, 'w'])
      wait_until_it_listens
    end

    def stop
      return unless @pid

      signal(:TERM)
      return if ended_within?(STOP_SECONDS_MAX)

      signal(:KILL)
      ended_within?(STOP_SECONDS_MAX)
    end

    def processes
      ProcessTree.new(@pid)
    end

    private

    def log_file
      directory = File.join(Contestant::WORK_DIRECTORY, 'logs')
      FileUtils.mkdir_p(directory)
      File.join(directory, "#{@contestant.name}.log")
    end

    # Without the machine's own directories: it may be told on a page.
    def told_log_file
      log_file.delete_prefix("#{Contestant::ROOT}/")
    end

    def wait_until_it_listens
      deadline = now + START_SECONDS_MAX
      until listening?
        raise Failure, "#{@contestant.name} has ended, see #{told_log_file}" if ended?
        raise Failure, "#{@contestant.name} does not listen, see #{told_log_file}" if now > deadline

        sleep 0.02
      end
    end

    def listening?
      TCPSocket.new('127.0.0.1', port).close
      true
    rescue Errno::ECONNREFUSED
      false
    end

    def signal(name)
      Process.kill(name, -@pid)
    rescue Errno::ESRCH
      nil
    end

    def ended_within?(seconds)
      deadline = now + seconds
      until ended?
        return false if now > deadline

        sleep 0.02
      end
      true
    end

    def ended?
      @pid = nil if @pid && Process.wait(@pid, Process::WNOHANG)
      @pid.nil?
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
