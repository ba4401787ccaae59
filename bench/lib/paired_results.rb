# frozen_string_literal: true

require_relative 'statistics'

module Bench
  # Samples by contestant and workload, one a round, nil where it failed; and what went wrong, in words.
  class PairedResults
    attr_reader :failures

    def initialize(samples, failures)
      @samples = samples
      @failures = failures
    end

    # The median of a figure over the rounds, or nil where it was not measured.
    def median(contestant, workload, figure = :cpu)
      values = of(contestant, workload).compact.map(&figure)
      Statistics.median(values) unless values.empty?
    end

    # The median of the rounds' ratios of CPU time, one contestant's to another's, or nil.
    def ratio(one, other, workload)
      pairs = of(one, workload).zip(of(other, workload))
      ratios = pairs.filter_map { |first, last| first.cpu / last.cpu if first && last }
      Statistics.median(ratios) unless ratios.empty?
    end

    private

    def of(contestant, workload)
      @samples.fetch([contestant, workload], [])
    end
  end
end
