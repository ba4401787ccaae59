# frozen_string_literal: true

module Hyperion
  # Tells the log what an application or a route block raised, and what the server could not do. Called by the engine's
  # workers and by {Connection}.
  class ErrorReporter
    # Lines of a backtrace that are told.
    BACKTRACE_LINES = 8

    # @param logger [#error] takes a block that answers a Hash
    def initialize(logger)
      @logger = logger
    end

    # Never raises, so that neither an error's own methods nor a log that fails keep a client from its answer.
    #
    # @param error [Exception]
    # @param env [Hash{String => Object}, nil] the request's
    # @return [nil]
    def call(error, env)
      @logger.error do
        { message: 'application error', error: told { error.message.to_s }, error_class: error.class.name,
          method: env && env['REQUEST_METHOD'], path: env && env['PATH_INFO'],
          backtrace: told { Array(error.backtrace).first(BACKTRACE_LINES).join(' < ') } }.compact
      end
      nil
    rescue StandardError
      nil # nowhere to tell
    end

    # Tells what an operator should know of: that the server cannot do its part.
    #
    # @param what [String]
    # @param error [Exception]
    # @return [nil]
    def trouble(what, error)
      @logger.warn { { message: what, error: error.message, error_class: error.class.name } }
      nil
    end

    private

    # What an error says of itself, unless its class says it wrongly.
    def told
      yield
    rescue StandardError
      nil
    end
  end
end
