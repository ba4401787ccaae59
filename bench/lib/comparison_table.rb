# frozen_string_literal: true

require_relative 'statistics'

module Bench
  # The table of a comparison: medians over the rounds.
  class ComparisonTable
    HEAD = format('%-20s %-24s %10s %10s %9s %9s %8s',
                  'contestant', 'work', 'CPU µs/req', 'req/s', 'p50 ms', 'p99 ms', 'RSS MiB')
    ROW = '%<name>-20s %<work>-24s %<cpu>10.2f %<rate>10.0f %<p50>9.3f %<p99>9.3f %<rss>8.1f'

    def initialize(samples)
      @samples = samples
    end

    def to_s
      [HEAD, *@samples.map { |contestant, of_contestant| row(contestant, of_contestant) }, *troubles].join("\n")
    end

    private

    def row(contestant, samples)
      format(ROW, name: contestant.name, work: contestant.work,
                  cpu: Statistics.median(samples.map(&:cpu_per_answer)),
                  rss: Statistics.median(samples.map(&:resident_mib)),
                  rate: median_of_load(samples, :per_second),
                  p50: median_of_load(samples, :p50), p99: median_of_load(samples, :p99))
    end

    def median_of_load(samples, figure)
      figures = samples.filter_map { |sample| sample.load[figure] } # wrk tells no latency when it was starved itself
      figures.empty? ? Float::NAN : Statistics.median(figures)
    end

    def troubles
      @samples.flat_map do |contestant, samples|
        samples.filter_map { |sample| "#{contestant.name}: #{sample.load.trouble}" if sample.load.trouble }
      end
    end
  end
end
