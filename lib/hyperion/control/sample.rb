# frozen_string_literal: true

module Hyperion
  module Control
    # What a control server tells at one moment: its stats and its metrics.
    #
    # @api private
    class Sample
      LINE = /\A([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)\z/
      LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/
      private_constant :LINE, :LABEL

      # @return [Hash{Symbol => Object}] as `/stats` has them
      attr_reader :stats

      # @return [Float] when it was, by a clock that nobody sets
      attr_reader :seconds

      # @param client [Client]
      # @return [Sample]
      # @raise [Error]
      def self.take(client)
        new(stats: client.json('/stats'), metrics: client.get('/metrics'), seconds: Deadline.now)
      end

      # @param stats [Hash{Symbol => Object}]
      # @param metrics [String] in Prometheus' text format
      # @param seconds [Float] of that clock
      def initialize(stats:, metrics:, seconds:)
        @stats = stats
        @seconds = seconds
        @values = Hash.new { |values, name| values[name] = {} }
        metrics.each_line(chomp: true) { |line| read(line) }
      end

      # @param name [String] of a metric, without the prefix
      # @return [Hash{Hash{String => String} => Float}] labels to value
      def all(name)
        @values.fetch("hyperion_#{name}", {})
      end

      # @param name [String]
      # @param labels [Hash{String => String}] which the sample must have
      # @return [Float] the sum of those that do
      def sum(name, labels = {})
        all(name).sum { |own, value| labels <= own ? value : 0.0 }
      end

      # @return [Boolean] whether several processes serve
      def cluster?
        @stats.key?(:worker_status)
      end

      # @return [Array<Hash{Symbol => Object}>] of each worker, or of the one process, what is told of it
      def workers
        return [{ booted: true, **@stats }] unless cluster?

        @stats[:worker_status].map { |worker| { **worker, **(worker[:last_status] || {}) } }
      end

      private

      def read(line)
        return if line.start_with?('#')

        name, labels, value = LINE.match(line)&.captures
        @values[name][labels.to_s.scan(LABEL).to_h] = value.to_f if name
      end
    end
  end
end
