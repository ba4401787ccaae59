# frozen_string_literal: true

require_relative 'route_table/static_entry'
require_relative 'route_table/dynamic_block_entry'
require_relative 'route_table/legacy_adapter'

module Hyperion
  class Server
    # Routes by method and exact path. May be used from any thread at any time; running loops see a change at their
    # next tick.
    #
    # Each entry is kept twice: here, for Ruby to look up, and in the C loop's own set.
    #
    # @example
    #   table = Hyperion::Server::RouteTable.new
    #   table.register(:GET, '/', ->(request) { [200, {}, [request.path]] })
    #   table.lookup('GET', '/').call(request)
    class RouteTable
      # Methods that a route can have.
      METHODS = %i[GET POST PUT DELETE HEAD PATCH OPTIONS].freeze

      # @return [Http::RouteSet] the routes as C loops see them
      # @api private
      attr_reader :route_set

      def initialize
        @lock = Mutex.new
        @handlers = {}
        @route_set = Http::RouteSet.new
      end

      # Adds a route, or replaces the one there is.
      #
      # @param method [Symbol] one of {METHODS}; GET also answers HEAD
      # @param path [String] exact, without a query string
      # @param handler [StaticEntry, DynamicBlockEntry, #call] any other takes a {Request} and answers a Rack triple
      # @return [Object] the handler
      # @raise [ArgumentError] for an unknown method, a path that is no String, a handler without `call`
      def register(method, path, handler)
        RouteTable.check(method, path)
        raise ArgumentError, "handler must respond to call: #{handler.inspect}" unless handler.respond_to?(:call)

        path = path.dup.freeze
        @lock.synchronize do
          put(method, path, handler)
          @handlers[[method.name, path]] = handler
        end
      end

      # @param method [String, Symbol]
      # @param path [String]
      # @return [Object, nil] the handler; for HEAD also that of GET
      def lookup(method, path)
        method = method.to_s
        @lock.synchronize { @handlers[[method, path]] || (@handlers[['GET', path]] if method == 'HEAD') }
      end

      # @return [Array<Object>] every route's handler
      def handlers
        @lock.synchronize { @handlers.values }
      end

      # @return [Integer] number of routes
      def size
        @lock.synchronize { @handlers.size }
      end

      # @return [Boolean] whether there are no routes
      def empty?
        size.zero?
      end

      # Removes every route.
      #
      # @return [nil]
      def clear
        @lock.synchronize do
          @route_set.clear
          @handlers.clear
        end
        nil
      end

      # @api private
      # @raise [ArgumentError] for an unknown method, or a path that is no String
      def self.check(method, path)
        unless METHODS.include?(method)
          raise ArgumentError, "method must be one of #{METHODS.join(', ')}, not #{method.inspect}"
        end
        raise ArgumentError, "path must be a String, not #{path.inspect}" unless path.is_a?(String)
      end

      private

      def put(method, path, handler)
        case handler
        when StaticEntry then @route_set.put_static(method, path, *handler.wire)
        when DynamicBlockEntry then @route_set.put_block(method, path, handler.block)
        else @route_set.put_block(method, path, LegacyAdapter.new(handler))
        end
      end
    end
  end
end
