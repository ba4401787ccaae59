# frozen_string_literal: true

require 'socket'
require_relative 'failure'

module Bench
  # Slow clients in a process of their own, beside which an honest one is measured. A subclass says what each
  # does when its turn comes; turns go round in `period` seconds.
  class Crowd
    STEPS_PER_PERIOD = 20
    CLOSED_BY_SERVER = [EOFError, Errno::ECONNRESET, Errno::EPIPE].freeze

    attr_reader :size

    def initialize(port, size:)
      @port = port
      @size = size
    end

    # Yields while the crowd is at work, once every client has connected.
    def run
      ready, announce = IO.pipe
      pid = fork { work(announce) }
      announce.close
      raise Failure, 'the slow clients could not connect' unless ready.read(1)

      yield
    ensure
      ready&.close
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

    def work(announce)
      Process.setrlimit(:NOFILE, Process.getrlimit(:NOFILE).last)
      sockets = Array.new(@size) { connect }
      announce.write('.')
      loop { go_round(sockets) }
    end

    # In small steps, so that the crowd is a steady trickle and not a burst.
    def go_round(sockets)
      sockets.each_slice((sockets.size / STEPS_PER_PERIOD.to_f).ceil).with_index do |_, step|
        sleep(period / STEPS_PER_PERIOD)
        step.step(sockets.size - 1, STEPS_PER_PERIOD) { |index| sockets[index] = take_turn(sockets[index]) }
      end
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
  end
end
