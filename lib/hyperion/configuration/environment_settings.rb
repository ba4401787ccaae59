# frozen_string_literal: true

module Hyperion
  class Configuration
    # The settings that the environment of the command `hyperion` says, under the names that platforms and Puma have for
    # them.
    #
    # @api private
    module EnvironmentSettings
      # Where the environment of the application is said; the first that is set counts.
      ENVIRONMENTS = %w[APP_ENV RACK_ENV RAILS_ENV].freeze

      module_function

      # @param variables [Hash{String => String}, ENV]
      # @return [Layer]
      # @raise [ArgumentError] that names the variable
      def layer(variables = ENV)
        values = variables.to_h.reject { |_name, value| value.empty? }
        Layer.new.tap do |layer|
          say(layer, :port, 'PORT', values) { |place, text| Words.whole(place, text) }
          say(layer, :workers, 'WEB_CONCURRENCY', values) { |place, text| Words.workers(place, text) }
          threads(layer, values)
          name = ENVIRONMENTS.find { |variable| values.key?(variable) }
          layer.set(:environment, values[name], name) if name
        end
      end

      # @param variables [Hash{String => String}, ENV]
      # @return [String] what the application's environment is, `development` when nothing is said
      def environment(variables = ENV)
        variables.values_at(*ENVIRONMENTS).find { |value| !value.to_s.empty? } || 'development'
      end

      # @!visibility private
      def say(layer, setting, variable, values)
        text = values[variable] or return
        value = yield variable, text
        layer.set(setting, value, variable)
      rescue ArgumentError => e
        raise if e.message.start_with?(variable)

        raise ArgumentError, "#{variable}: #{e.message}"
      end

      # One of the two is enough: the most is the least too, and the least moves the most up.
      # @!visibility private
      def threads(layer, values)
        least, most = %w[MIN_THREADS MAX_THREADS].map { |name| values[name] && Words.whole(name, values[name]) }
        return unless least || most

        most ||= [least, THREADS].max
        origin = values.slice('MIN_THREADS', 'MAX_THREADS').keys.join(', ')
        say(layer, :threads, origin, { origin => '' }) { (least || most)..most }
      end

      private_class_method :say, :threads
    end
  end
end
