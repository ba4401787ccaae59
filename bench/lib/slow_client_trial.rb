# frozen_string_literal: true

require_relative 'dribblers'
require_relative 'honest_client'
require_relative 'never_readers'
require_relative 'server_process'
require_relative 'slow_readers'
require_relative 'statistics'

module Bench
  # What slow clients do to an honest one of one contestant: its latency alone, and beside each crowd.
  class SlowClientTrial
    WARM_UP_SECONDS = 0.5
    ROW = '%<name>-20s %<work>-8s %<beside>-32s %<p50>9.3f %<p99>9.3f %<max>9.3f ' \
          '%<p50_ratio>8.2f %<p99_ratio>8.2f %<kib>9.2f %<pace>9d'
    HEAD = format('%-20s %-8s %-32s %9s %9s %9s %8s %8s %9s %9s', 'contestant', 'work', 'an honest client, beside',
                  'p50 ms', 'p99 ms', 'max ms', '× p50', '× p99', 'KiB each', 'turns/s')

    def initialize(contestant, seconds:, dribblers:, readers:, never:, output: $stdout)
      @contestant = contestant
      @seconds = seconds
      @dribblers = dribblers
      @readers = readers
      @never = never
      @output = output
    end

    def run
      @contestant.prepare
      @contestant.watched_paths.each do |work, path|
        ServerProcess.run(@contestant) { |server| watch(work, path, server) }
      end
    end

    private

    def watch(work, path, server)
      client = HonestClient.new(server.port, path)
      client.latencies(WARM_UP_SECONDS)
      alone = client.latencies(@seconds)
      print_row(work, 'nobody', alone, alone)
      crowds(server.port).each do |crowd|
        latencies = kib = nil
        before = server.processes.resident_mib
        crowd.run do
          latencies = client.latencies(@seconds)
          kib = (server.processes.resident_mib - before) * 1024 / crowd.size
        end
        print_row(work, crowd, latencies, alone, kib:, pace: crowd.pace)
      rescue Failure => e
        @output.puts format('%-20s %-8s %-32s %s', @contestant.name, work, crowd, e.message)
      end
    end

    def crowds(port)
      crowds = [Dribblers.new(port, size: @dribblers),
                SlowReaders.new(port, size: @readers, path: @contestant.large_path)]
      crowds << NeverReaders.new(port, size: @never, path: @contestant.huge_path) if @contestant.huge_path
      crowds
    end

    # `kib`: resident memory that the server has more of than before the crowd, for each of its clients.
    def print_row(work, beside, latencies, alone, kib: 0, pace: 0)
      of_both = [latencies, alone].map { |list| [Statistics.median(list), Statistics.percentile(list, 0.99)] }
      (p50, p99), (p50_alone, p99_alone) = of_both
      @output.puts format(ROW, name: @contestant.name, work: work, beside: beside, p50: p50, p99: p99,
                               max: latencies.max, p50_ratio: p50 / p50_alone, p99_ratio: p99 / p99_alone,
                               kib: kib, pace: pace)
    end
  end
end
