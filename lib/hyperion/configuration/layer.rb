# frozen_string_literal: true

module Hyperion
  class Configuration
    # Settings that one place says: a command line, a file, the environment. Each is checked when it is said, and comes
    # with where it was.
    #
    # @api private
    class Layer
      # @return [Hash{Symbol => String}] by the names of settings
      attr_reader :origins

      def initialize
        @settings = {}
        @binds = []
        @origins = {}
      end

      # @param name [Symbol] of a setting
      # @param value [Object] nil: the default, whatever weaker layers say
      # @param origin [String] where it is said
      # @return [void]
      # @raise [ArgumentError] for a value that the setting does not accept
      def set(name, value, origin)
        Configuration.check(name, value)
        name, value = :threads, (value && (value..value)) if name == :thread_count
        @settings[name] = value
        @origins[name] = origin
      end

      # Listens there too.
      #
      # @param uri [String]
      # @param origin [String]
      # @return [void]
      # @raise [ArgumentError]
      def bind(uri, origin)
        Bind.parse(uri)
        @binds << uri.to_s
        @origins[:binds] = origin
      end

      # @param route [Hash{Symbol => Object}]
      # @param origin [String]
      # @return [void]
      # @raise [ArgumentError]
      def static(route, origin)
        set(:static_routes, [*@settings[:static_routes], route], origin)
      end

      # @param name [Symbol] of a hook
      # @param callable [#call]
      # @param origin [String]
      # @return [void]
      # @raise [ArgumentError]
      def hook(name, callable, origin)
        raise ArgumentError, "#{name} takes a block, not #{callable.inspect}" unless callable.respond_to?(:call)

        hooks = @settings[:hooks] || {}
        set(:hooks, hooks.merge(name => [*hooks[name], callable]), origin)
      end

      # @param name [Symbol]
      # @return [Boolean] whether it is said
      def key?(name)
        @settings.key?(name)
      end

      # @return [Hash{Symbol => Object}] of a {Configuration}; a host or port beside URIs is one address more
      def settings
        return @settings if @binds.empty?

        place = @settings.slice(:host, :port)
        more = place.empty? ? [] : Configuration.new(**place).binds
        @settings.except(:host, :port).merge(binds: [*@settings[:binds], *@binds, *more])
      end
    end
  end
end
