# frozen_string_literal: true

module Hyperion
  # Calls an application or a route block with a runtime's hooks around it. Called by the engine's workers while hooks
  # are registered, and by {Connection}.
  class RequestObserver
    # @param runtime [Runtime]
    def initialize(runtime)
      @runtime = runtime
    end

    # @param handler [#call] takes a Rack env
    # @param env [Hash{String => Object}]
    # @return [Array] the handler's triple
    # @raise whatever the handler raises, after the hooks were told
    def call(handler, env)
      return handler.call(env) unless @runtime.has_request_hooks?

      request = Request.from_env(env)
      @runtime.fire_request_start(request, env)
      observe_end(request, env) { handler.call(env) }
    end

    private

    def observe_end(request, env)
      response = yield
    rescue Exception => e # rubocop:disable Lint/RescueException -- hooks are told, and it goes on
      @runtime.fire_request_end(request, env, nil, e)
      raise
    else
      @runtime.fire_request_end(request, env, response, nil)
      response
    end
  end
end
