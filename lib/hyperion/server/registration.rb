# frozen_string_literal: true

module Hyperion
  class Server
    # The routes of every server that has none of its own: methods of {Server} itself.
    module Registration
      # @return [RouteTable] the routes of every server that has none of its own
      attr_reader :route_table

      # @param table [RouteTable]
      # @raise [ArgumentError] for anything else
      def route_table=(table)
        raise ArgumentError, 'route_table must be a Hyperion::Server::RouteTable' unless table.is_a?(RouteTable)

        Http::PageCache.route_table_set = table.route_set
        @route_table = table
      end

      # Registers a response that is built once, and served without Ruby.
      #
      # @param method [Symbol] one of {RouteTable::METHODS}; GET also answers HEAD
      # @param path [String] exact, beginning with `/`
      # @param body [String]
      # @param content_type [String]
      # @param status [Integer] 200 to 599
      # @param headers [Hash{String => String}] further header fields
      # @return [RouteTable::StaticEntry]
      # @raise [ArgumentError] for an argument that is none of these, or that HTTP forbids
      # @example
      #   Hyperion::Server.handle_static(:GET, '/health', "ok\n", headers: { 'cache-control' => 'no-store' })
      def handle_static(method, path, body, content_type: 'text/plain', status: 200, headers: {})
        entry = RouteTable.static_entry(method, path, body, content_type: content_type, status: status,
                                                            headers: headers)
        route_table.register(method, entry.path, entry)
      end

      # Registers a route that Ruby serves, before the application is asked.
      #
      # @overload handle(method, path, &block)
      #   @yieldparam env [Hash{String => Object}] a Rack env
      #   @yieldreturn [Array(Integer, Hash, #each)] a Rack triple
      # @overload handle(method, path, handler)
      #   The old form: a server with such a route does not use the C loop.
      #   @param handler [#call] takes a {Request}, answers a Rack triple
      # @param method [Symbol] one of {RouteTable::METHODS}; GET also answers HEAD
      # @param path [String] exact
      # @return [RouteTable::DynamicBlockEntry, Object] what is registered
      # @raise [ArgumentError] for both a handler and a block, or neither; for an unknown method or a path that is no
      #   String
      # @example
      #   Hyperion::Server.handle(:GET, '/time') { |_env| [200, { 'content-type' => 'text/plain' }, [Time.now.to_s]] }
      def handle(method, path, handler = nil, &block)
        raise ArgumentError, 'handle takes a handler or a block, not both' if handler && block
        raise ArgumentError, 'handle takes a handler or a block' unless handler || block

        route_table.register(method, path, handler || RouteTable::DynamicBlockEntry.new(method, path, block))
      end
    end
  end
end
