# frozen_string_literal: true

module Hyperion
  class Cluster
    # What the configuration has called at the turns of a worker's life. A hook that raises is logged, and the next is
    # called.
    #
    # @api private
    class Hooks
      # @param hooks [Hash{Symbol => Array<#call>}]
      # @param logger [#warn]
      def initialize(hooks, logger)
        @hooks = hooks
        @logger = logger
      end

      # @param name [Symbol]
      # @param arguments [Array<Object>] of which each hook is given as many as it takes
      # @return [nil]
      def call(name, *arguments)
        @hooks.fetch(name, []).each { |hook| call_one(name, hook, arguments) }
        nil
      end

      private

      def call_one(name, hook, arguments)
        hook.call(*arguments.first(arity_of(hook, arguments)))
      rescue StandardError, ScriptError => e
        @logger.warn { { message: 'hook failed', hook: name, **Failure.facts(e) } }
      end

      def arity_of(hook, arguments)
        arity = (hook.respond_to?(:arity) ? hook : hook.method(:call)).arity
        arity.negative? ? arguments.size : arity
      end
    end
  end
end
