# frozen_string_literal: true

module Bench
  # What is asked of a contestant, and how: the request, the answer that alone counts as one, the connections, and the
  # rate at which the open loop offers requests, the same for every contestant.
  Workload = Struct.new(:name, :kind, :path, :body, :headers, :expected, :rate, :connections, :pipelined, :fresh,
                        :beside, keyword_init: true) do
    def initialize(pipelined: 1, fresh: false, connections: 50, headers: {}, expected: 'hello', **rest)
      super
    end

    # The bytes of one request.
    def request
      lines = ["#{body ? 'POST' : 'GET'} #{path} HTTP/1.1", 'Host: 127.0.0.1']
      lines.concat(headers.map { |name, value| "#{name}: #{value}" })
      lines << "Content-Length: #{body.bytesize}" if body
      lines << 'Connection: close' if fresh
      "#{lines.join("\r\n")}\r\n\r\n#{body}"
    end

    # Beside something else a request's CPU time cannot be told from that of the others.
    def latency_only?
      !beside.nil?
    end
  end
end
