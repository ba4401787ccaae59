# frozen_string_literal: true

require 'open3'
require_relative 'failure'

module Bench
  # The load generator: one thread of wrk on the core that the server does not have.
  class Wrk
    CORE = 1
    UNITS = { 'us' => 1e-3, 'ms' => 1.0, 's' => 1e3, 'm' => 60e3 }.freeze

    # What a run saw: answers in all, per second, latencies in milliseconds, and what went wrong, if anything.
    Result = Struct.new(:answers, :per_second, :p50, :p99, :trouble, keyword_init: true)

    def self.available?
      system('wrk', '--version', %i[out err] => File::NULL) != nil
    end

    def initialize(url, connections:)
      @url = url
      @connections = connections
    end

    def run(seconds)
      output, status = Open3.capture2e('taskset', '-c', CORE.to_s, 'wrk', '-t1', "-c#{@connections}", "-d#{seconds}s",
                                       '--latency', @url)
      raise Failure, "wrk failed: #{output}" unless status.success?

      parse(output)
    end

    private

    def parse(output)
      Result.new(answers: output[/(\d+) requests in/, 1].to_i,
                 per_second: output[%r{Requests/sec:\s+([\d.]+)}, 1].to_f,
                 p50: latency(output, 50),
                 p99: latency(output, 99),
                 trouble: output[/Socket errors: .*/] || output[/Non-2xx or 3xx responses: .*/])
    end

    def latency(output, percentile)
      number, unit = output.match(/^\s+#{percentile}%\s+([\d.]+)(us|ms|s|m)$/)&.captures
      number.to_f * UNITS.fetch(unit) if number
    end
  end
end
