# frozen_string_literal: true

require_relative 'file_words'

module Hyperion
  class Configuration
    # A configuration as the text of a configuration file, each line with where it comes from. What Ruby cannot write
    # down, such as blocks, is in comments; nil is the engine's default.
    #
    # @api private
    class Printout
      # Not said again, or not in this form.
      LEFT_OUT = %i[host port thread_count binds hooks static_routes].freeze

      # Names of what is not for everybody's eyes.
      SECRET = /token|secret|password/

      # The words of a file for settings of another name.
      WORDS = FileWords::ALIASES.slice(:persistent_timeout).invert.freeze

      # @param configuration [Configuration]
      # @yieldparam name [Symbol]
      # @yieldreturn [String] where the setting comes from
      def initialize(configuration, &origin)
        @configuration = configuration
        @origin = origin
      end

      # @return [String]
      def to_s
        lines = [*binds, *settings, *static_routes, *hooks]
        width = lines.map { |text, _origin| text.size }.select { |size| size < 60 }.max
        lines.map { |text, origin| "#{text.ljust(width)}  # #{origin}\n" }.join
      end

      private

      def binds
        @configuration.binds.map { |uri| ["bind #{uri.inspect}", @origin.call(:binds)] }
      end

      def settings
        (Configuration.names - LEFT_OUT).map do |name|
          value = @configuration.public_send(name)
          [line(name, value), @origin.call(name)]
        end
      end

      def line(name, value)
        return "# #{name} is hidden" if value && name.match?(SECRET)
        return "# #{name} #{value.inspect}" if value.respond_to?(:call)

        "#{WORDS.fetch(name, name)} #{value.inspect}"
      end

      def static_routes
        @configuration.static_routes.map do |route|
          options = route.except(:path, :body).map { |name, value| ", #{name}: #{value.inspect}" }.join
          ["static #{route[:path].inspect}, #{route[:body].inspect}#{options}", @origin.call(:static_routes)]
        end
      end

      def hooks
        @configuration.hooks.map { |name, list| ["# #{name}: #{list.size}", @origin.call(:hooks)] }
      end
    end
  end
end
