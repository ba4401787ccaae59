# frozen_string_literal: true

require_relative 'http_client'

module Bench
  # A client that asks for one thing after another, waits for each answer, and notes how long it took.
  class HonestClient
    def initialize(port, path)
      @port = port
      @path = path
    end

    # Latencies in milliseconds of what was answered within these seconds; raises Failure.
    def latencies(seconds)
      client = connect
      deadline = now + seconds
      latencies = []
      while (start = now) < deadline
        client.get
        latencies << (now - start) * 1e3
        client = reconnect(client) if client.over?
      end
      latencies
    ensure
      client&.close
    end

    private

    def connect
      HttpClient.new(@port, @path)
    end

    def reconnect(client)
      client.close
      connect
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
