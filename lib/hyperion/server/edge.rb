# frozen_string_literal: true

require_relative '../heartbeat'

module Hyperion
  class Server
    # What a server does beside its application, alike on the C loop and in Ruby: its health route, and whose word on
    # a client's address it takes.
    #
    # In the process: one for each run of a server.
    #
    # @api private
    class Edge
      # @return [Http::Health, nil] what the health route says; nil: there is none
      attr_reader :health

      # @param configuration [Configuration]
      def initialize(configuration)
        @health_path = configuration.health_path
        @queue_limit = configuration.health_queue_limit
        @health = Http::Health.new((@queue_limit * 1000).ceil) if @health_path
        @trusted_proxies = networks(configuration.trusted_proxies)
        @proxy_protocol = networks(configuration.proxy_protocol)
      end

      # @return [Hash{Symbol => Object}] what {Engine} and {Http::Exchange} are told
      def keywords
        { health: @health, trusted_proxies: @trusted_proxies, proxy_protocol: @proxy_protocol }
      end

      # What the server itself serves goes before what it was given.
      #
      # @param table [RouteTable, nil] of further routes of its own
      # @return [Http::RouteSet, nil]
      def own_routes(table)
        return table&.route_set unless @health

        (table&.route_set || Http::RouteSet.new).put_health(@health_path)
      end

      # Shows that Ruby runs while the block does.
      #
      # @yield
      # @return [Object] what the block answers
      def around(&block)
        @health ? Heartbeat.new(@health, @queue_limit).around(&block) : yield
      end

      # The health route says so from now on.
      #
      # @return [void]
      def drain
        @health&.drain
      end

      private

      def networks(list)
        list && Http::Networks.new(list)
      end
    end
  end
end
