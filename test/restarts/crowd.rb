# frozen_string_literal: true

require_relative 'client'

module Restarts
  # Clients in a process of their own, at it until they are stopped.
  class Crowd
    # @param port [Integer]
    # @param count [Integer] of each kind
    def initialize(port, count)
      @port = port
      @count = count
    end

    # @return [self]
    def start
      @from_child, to_parent = IO.pipe
      @pid = fork do
        @from_child.close
        trap(:INT, 'IGNORE')
        to_parent.puts(JSON.generate(run))
        exit!(0)
      end
      to_parent.close
      self
    end

    # @return [Hash{String => Object}] `answers` and `failures`
    def stop
      Process.kill(:TERM, @pid)
      JSON.parse(@from_child.read)
    ensure
      Process.wait(@pid)
    end

    private

    def run
      going = true
      trap(:TERM) { going = false }
      clients = Array.new(@count) { Client.new(@port, keep_alive: true) } +
                Array.new(@count) { Client.new(@port, keep_alive: true, pause: 0.5) } +
                Array.new(@count) { Client.new(@port, keep_alive: false, pause: 0.01) }
      clients.map { |client| Thread.new { client.run { going } } }.each(&:join)
      { answers: clients.sum(&:answers), failures: clients.flat_map(&:failures) }
    end
  end
end
