# frozen_string_literal: true

module Hyperion
  class Configuration
    # Layers of settings, of which the stronger ones win.
    #
    # @example
    #   Stack.new([command_line, file, environment]).configuration
    # @api private
    class Stack
      # @param layers [Array<Layer>] the strongest first
      def initialize(layers)
        @layers = layers
      end

      # @return [Configuration]
      # @raise [ArgumentError] for settings that contradict each other
      def configuration
        Configuration.new(**settings)
      end

      # @return [Hash{Symbol => Object}]
      def settings
        @layers.reverse.reduce({}) { |below, layer| put(layer.settings, below) }
      end

      # @param name [Symbol] of a setting
      # @return [String] where it is said; `default` when nowhere
      def origin(name)
        names = name == :binds ? %i[binds host port] : [name]
        @layers.flat_map { |layer| layer.origins.values_at(*names) }.compact.first || 'default'
      end

      private

      # Where to listen is one thing, in whichever way it is said.
      def put(above, below)
        if above.key?(:binds)
          below = below.except(:host, :port)
        elsif above.key?(:host) || above.key?(:port)
          below = below.except(:binds)
        end
        below.merge(above)
      end
    end
  end
end
