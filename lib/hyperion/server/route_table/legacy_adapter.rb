# frozen_string_literal: true

module Hyperion
  class Server
    class RouteTable
      # Gives a handler that wants a {Request} the shape of a route block, so that every loop can call it.
      #
      # @api private
      class LegacyAdapter
        # @param handler [#call] takes a {Request}
        def initialize(handler)
          @handler = handler
        end

        # @param env [Hash{String => Object}] a Rack env
        # @return [Array] the handler's Rack triple
        def call(env)
          @handler.call(Request.from_env(env, body: env['rack.input']&.read))
        end
      end
      private_constant :LegacyAdapter
    end
  end
end
