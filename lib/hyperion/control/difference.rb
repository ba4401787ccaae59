# frozen_string_literal: true

module Hyperion
  module Control
    # What has happened between two samples.
    #
    # @api private
    class Difference
      # @return [Sample] the later one
      attr_reader :now

      # @param now [Sample]
      # @param before [Sample, nil] nil: nothing is known of what happened
      def initialize(now, before)
        @now = now
        @before = before
      end

      # @param name [String] of a counter
      # @param labels [Hash{String => String}]
      # @return [Float, nil] a second
      def rate(name, labels = {})
        per_second(now.sum(name, labels), @before&.sum(name, labels))
      end

      # @param worker [Hash{Symbol => Object}] one of {Sample#workers}
      # @return [Float, nil] its requests a second
      def worker_rate(worker)
        earlier = @before&.workers&.find { |other| other[:pid] == worker[:pid] && other[:index] == worker[:index] }
        per_second(worker[:requests_count].to_i, earlier && earlier[:requests_count].to_i)
      end

      # Of what was measured meanwhile.
      #
      # @param name [String] of a histogram
      # @param share [Float] such as 0.99
      # @return [Float, nil] the bound, in seconds, that so many kept; nil when nothing was measured
      def quantile(name, share)
        counts = buckets(now, name)
        buckets(@before, name).each { |bound, count| counts[bound] -= count } if @before && !restarted?
        total = counts.values.max.to_f
        total.positive? ? counts.sort.find { |_bound, count| count >= share * total }.first : nil
      end

      private

      # A counter that fell is one of another process.
      def per_second(later, earlier)
        return if earlier.nil? || later < earlier

        (later - earlier) / [now.seconds - @before.seconds, 0.001].max
      end

      def restarted?
        now.stats[:started_at] != @before.stats[:started_at]
      end

      def buckets(sample, name)
        sums = Hash.new(0.0)
        sample.all("#{name}_bucket").each do |labels, count|
          bound = labels['le']
          sums[bound == '+Inf' ? Float::INFINITY : bound.to_f] += count
        end
        sums
      end
    end
  end
end
