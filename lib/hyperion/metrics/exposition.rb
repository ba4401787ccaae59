# frozen_string_literal: true

module Hyperion
  module Metrics
    # Writes the Prometheus text format.
    #
    # @api private
    class Exposition
      # What a label's value must not have as it is.
      ESCAPES = { '\\' => '\\\\', '"' => '\\"', "\n" => '\\n' }.freeze
      private_constant :ESCAPES

      def initialize
        @text = +''
      end

      # @param name [String]
      # @param type [:counter, :gauge, :histogram]
      # @param help [String]
      # @param samples [Array<Array(Hash, Object)>] labels and value; of a histogram a Hash with `buckets`, each by
      #   itself, and `usec`
      # @return [self]
      def add(name:, type:, help:, samples:)
        @text << "# HELP #{name} #{help}\n# TYPE #{name} #{type}\n"
        samples.each { |labels, value| type == :histogram ? histogram(name, labels, value) : line(name, labels, value) }
        self
      end

      # @return [String]
      def to_s
        @text
      end

      private

      def histogram(name, labels, value)
        count = 0
        value[:buckets].zip(Scoreboard::BUCKET_SECONDS) do |in_bucket, seconds|
          line("#{name}_bucket", { **labels, le: seconds || '+Inf' }, count += in_bucket)
        end
        line("#{name}_sum", labels, value[:usec] / 1_000_000.0)
        line("#{name}_count", labels, count)
      end

      def line(name, labels, value)
        pairs = labels.map { |key, text| %(#{key}="#{text.to_s.gsub(/[\\"\n]/, ESCAPES)}") }
        braces = "{#{pairs.join(',')}}" if pairs.any?
        @text << "#{name}#{braces} #{value}\n"
      end
    end
  end
end
