# frozen_string_literal: true

require_relative 'dribblers'
require_relative 'honest_client'
require_relative 'server_process'
require_relative 'slow_readers'
require_relative 'statistics'

module Bench
  # What slow clients do to an honest one of one contestant: its latency alone, and beside each crowd.
  class SlowClientTrial
    WARM_UP_SECONDS = 0.5
    ROW = '%<name>-20s %<work>-8s %<beside>-32s %<p50>9.3f %<p99>9.3f %<max>9.3f %<ratio>8.2f'
    HEAD = format('%-20s %-8s %-32s %9s %9s %9s %8s',
                  'contestant', 'work', 'an honest client, beside', 'p50 ms', 'p99 ms', 'max ms', '× alone')

    def initialize(contestant, seconds:, dribblers:, readers:, output: $stdout)
      @contestant = contestant
      @seconds = seconds
      @dribblers = dribblers
      @readers = readers
      @output = output
    end

    def run
      @contestant.prepare
      @contestant.watched_paths.each do |work, path|
        ServerProcess.run(@contestant) { |server| watch(work, path, server.port) }
      end
    end

    private

    def watch(work, path, port)
      client = HonestClient.new(port, path)
      client.latencies(WARM_UP_SECONDS)
      alone = client.latencies(@seconds)
      print_row(work, 'nobody', alone, alone)
      crowds(port).each do |crowd|
        crowd.run { print_row(work, crowd, client.latencies(@seconds), alone) }
      rescue Failure => e
        @output.puts format('%-20s %-8s %-32s %s', @contestant.name, work, crowd, e.message)
      end
    end

    def crowds(port)
      [Dribblers.new(port, size: @dribblers), SlowReaders.new(port, size: @readers, path: @contestant.large_path)]
    end

    def print_row(work, beside, latencies, alone)
      median = Statistics.median(latencies)
      @output.puts format(ROW, name: @contestant.name, work: work, beside: beside, p50: median,
                               p99: Statistics.percentile(latencies, 0.99), max: latencies.max,
                               ratio: median / Statistics.median(alone))
    end
  end
end
