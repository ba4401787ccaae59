# frozen_string_literal: true

module Hyperion
  # What an application has asked to be called once its answer is out: Rack's `rack.response_finished` and Puma's
  # `rack.after_reply`. Called by the engine's workers and by {Connection}, and only when there is something to call.
  #
  # @api private
  module Afterwards
    # The env's key for Rack's callables.
    FINISHED = 'rack.response_finished'

    # The env's key for Puma's.
    AFTER_REPLY = 'rack.after_reply'

    module_function

    # @param env [Hash{String => Object}]
    # @return [Boolean] whether there is something to call
    def any?(env)
      [FINISHED, AFTER_REPLY].any? { |key| env[key].is_a?(Array) && env[key].any? }
    end

    # Calls what was registered last first, as Rack asks; what one raises is told, and the next is called.
    #
    # @param env [Hash{String => Object}]
    # @param triple [Array, nil] the application's answer; nil when there was none
    # @param error [Exception, nil] why the answer failed
    # @param reporter [#call, nil] takes an error and the env
    # @return [nil]
    def call(env, triple, error, reporter)
      status, headers, = triple if triple.is_a?(Array)
      list(env, FINISHED).reverse_each do |callable|
        guard(env, reporter) { callable.call(env, status, headers, error) }
      end
      list(env, AFTER_REPLY).each { |callable| guard(env, reporter) { callable.call } }
      nil
    end

    # @!visibility private
    def list(env, key)
      env[key].is_a?(Array) ? env[key] : []
    end

    # @!visibility private
    def guard(env, reporter)
      yield
    rescue StandardError, ScriptError => e
      reporter&.call(e, env)
    end

    private_class_method :list, :guard
  end
end
