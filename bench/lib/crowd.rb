# frozen_string_literal: true

require 'socket'
require_relative 'failure'

module Bench
  # Slow clients in a process of their own, beside which an honest one is measured. A subclass says what each
  # does when its turn comes; turns go round in `period` seconds.
  #
  # The crowd runs where the honest client runs. It is scheduled as idle, so that the honest one never waits for it
  # to leave the core: what it is made to wait for is the server.
  class Crowd
    STEPS_PER_PERIOD = 100
    CLOSED_BY_SERVER = [EOFError, Errno::ECONNRESET, Errno::EPIPE].freeze

    attr_reader :size

    # Turns that its clients have had in a second, once `run` has returned: to tell a crowd from an idle one.
    attr_reader :pace

    def initialize(port, size:)
      @port = port
      @size = size
    end

    # Yields while the crowd is at work, once every client has connected; answers what the block does.
    def run
      reports, teller = IO.pipe
      pid = fork { work(teller) }
      teller.close
      raise Failure, 'the slow clients could not connect' unless reports.gets

      yield.tap do
        Process.kill(:TERM, pid)
        @pace = reports.read.to_f
      end
    ensure
      reports&.close
      Process.kill(:KILL, pid)
      Process.wait(pid)
    end

    private

    # Seconds in which every client has one turn.
    def period
      raise NotImplementedError
    end

    # Says what a client that has just connected has to say.
    def begin_with(socket)
      raise NotImplementedError
    end

    # One turn of one client.
    def continue(socket)
      raise NotImplementedError
    end

    def work(teller)
      system('chrt', '--idle', '--pid', '0', Process.pid.to_s, exception: true)
      Process.setrlimit(:NOFILE, Process.getrlimit(:NOFILE).last)
      sockets = Array.new(@size) { connect }
      start = now
      turns = 0
      trap(:TERM) do
        teller.syswrite(turns / (now - start))
        exit!
      end
      teller.syswrite("ready\n")
      loop { turns += go_round(sockets) }
    end

    # In small steps, so that the crowd is a steady trickle and not a burst. Answers how many turns there were.
    def go_round(sockets)
      STEPS_PER_PERIOD.times do |step|
        sleep(period / STEPS_PER_PERIOD)
        step.step(sockets.size - 1, STEPS_PER_PERIOD) { |index| sockets[index] = take_turn(sockets[index]) }
      end
      sockets.size
    end

    def take_turn(socket)
      continue(socket)
      socket
    rescue *CLOSED_BY_SERVER
      socket.close
      connect
    end

    def connect
      socket = Socket.new(:INET, :STREAM)
      configure(socket)
      socket.connect(Addrinfo.tcp('127.0.0.1', @port))
      begin_with(socket)
      socket
    end

    def configure(socket); end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
