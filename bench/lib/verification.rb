# frozen_string_literal: true

require_relative 'failure'
require_relative 'http_client'

module Bench
  # Compares the bytes of a contestant's answers with those expected, before anything is timed.
  class Verification
    def initialize(port, workload)
      @port = port
      @workload = workload
    end

    # Twice, on one connection unless the request or the answer says that it ends: a server that loses it without a
    # word is found out here. Raises Failure.
    def run
      client = nil
      2.times do
        client ||= HttpClient.new(@port, @workload.path, request: @workload.request)
        compare(client.get)
        client = client.close if @workload.fresh || client.over?
      end
    ensure
      client&.close
    end

    private

    def compare(body)
      expected = @workload.expected
      expected = expected.b if expected.is_a?(String)
      return if expected === body

      raise Failure, "answers #{body.bytesize} bytes, #{body.byteslice(0, 60).inspect}, instead of #{told(expected)}"
    end

    def told(expected)
      expected.is_a?(Regexp) ? expected.inspect : "#{expected.bytesize}, #{expected.byteslice(0, 60).inspect}"
    end
  end
end
