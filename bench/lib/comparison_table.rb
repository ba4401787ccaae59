# frozen_string_literal: true

require_relative 'statistics'

module Bench
  # The table of a comparison: medians over the rounds, and the ratio of the median CPU time to the limit's.
  class ComparisonTable
    HEAD = format('%-20s %-24s %10s %8s %10s %9s %9s %8s',
                  'contestant', 'work', 'CPU µs/req', '× limit', 'req/s', 'p50 ms', 'p99 ms', 'RSS MiB')
    ROW = '%<name>-20s %<work>-24s %<cpu>10.2f %<ratio>8s %<rate>10.0f %<p50>9.3f %<p99>9.3f %<rss>8.1f'

    def initialize(samples, limit:)
      @samples = samples
      @limit = limit
    end

    def to_s
      [HEAD, *@samples.map { |contestant, of_contestant| row(contestant, of_contestant) }, *troubles].join("\n")
    end

    private

    def row(contestant, samples)
      format(ROW, name: contestant.name, work: contestant.work, ratio: ratio(samples),
                  cpu: median_cpu(samples),
                  rss: Statistics.median(samples.map(&:resident_mib)),
                  rate: median_of_load(samples, :per_second),
                  p50: median_of_load(samples, :p50), p99: median_of_load(samples, :p99))
    end

    def median_of_load(samples, figure)
      figures = samples.filter_map { |sample| sample.load[figure] } # wrk tells no latency when it was starved itself
      figures.empty? ? Float::NAN : Statistics.median(figures)
    end

    def median_cpu(samples)
      Statistics.median(samples.map(&:cpu_per_answer))
    end

    def ratio(samples)
      return '-' unless @limit

      format('%.2f', median_cpu(samples) / median_cpu(@samples.fetch(@limit)))
    end

    def troubles
      @samples.flat_map do |contestant, samples|
        samples.filter_map { |sample| "#{contestant.name}: #{sample.load.trouble}" if sample.load.trouble }
      end
    end
  end
end
