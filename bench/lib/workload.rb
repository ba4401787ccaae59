# frozen_string_literal: true

module Bench
  # What is asked of a contestant, and how: the request, the answer that alone counts as one, the connections, and the
  # rate at which the open loop offers requests, the same for every contestant. `expected`: the answer's body, or a
  # regular expression where it differs from one to the next. `other`: a workload of which one request
  # in `one_in` is instead. `times`: how much longer than usual it is measured. `layout`: the columns of its table.
  Workload = Struct.new(:name, :kind, :path, :body, :headers, :expected, :rate, :connections, :pipelined, :fresh,
                        :beside, :other, :one_in, :times, :layout, keyword_init: true) do
    def initialize(pipelined: 1, fresh: false, connections: 50, headers: {}, expected: 'hello', times: 1,
                   layout: :costs, **rest)
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

    # Beside something else, or between others, a request's CPU time cannot be told from that of the rest.
    def latency_only?
      !(beside || other).nil?
    end
  end
end
