# frozen_string_literal: true

module Hyperion
  # Who observes requests, and where what goes wrong with that is told. A server has one, its own or the process's
  # {.default}. Safe to use from any thread; hooks may be added while servers run.
  #
  # @example
  #   Hyperion::Runtime.default.on_request_end { |request, _env, _response, error| puts request.path unless error }
  class Runtime
    class << self
      # @return [Runtime] of servers that were given none
      def default
        @default ||= new
      end

      # @param runtime [Runtime]
      # @raise [ArgumentError] for anything else
      def default=(runtime)
        raise ArgumentError, 'default must be a Hyperion::Runtime' unless runtime.is_a?(Runtime)

        @default = runtime
      end

      # Makes the next {.default} a new one.
      #
      # @return [nil]
      def reset_default!
        @default = nil
      end
    end

    # @return [Object, nil] as given; for the application's own use
    attr_reader :metrics

    # @return [#clock_gettime] as given
    attr_reader :clock

    # @param metrics [Object, nil] kept for hooks to use
    # @param logger [#warn, nil] takes blocks that answer a Hash; nil: {Hyperion.logger}
    # @param clock [#clock_gettime] kept for hooks to use
    def initialize(metrics: nil, logger: nil, clock: Process)
      @metrics = metrics
      @logger = logger
      @clock = clock
      @errors = nil # a limited logger
      @lock = Mutex.new
      @start_hooks = [].freeze
      @end_hooks = [].freeze
      @timeout_hooks = [].freeze
      @listeners = {}.freeze
    end

    # @return [#warn] the logger given, or {Hyperion.logger}
    def logger
      @logger || Hyperion.logger
    end

    # Adds a hook that is called before a request is served; for a static route, right after.
    #
    # @yieldparam request [Request]
    # @yieldparam env [Hash, nil] the Rack env; nil for a static route
    # @return [self]
    # @raise [ArgumentError] without a block
    def on_request_start(&hook)
      raise ArgumentError, 'on_request_start takes a block' unless hook

      @lock.synchronize { @start_hooks = [*@start_hooks, hook].freeze }
      announce
    end

    # Adds a hook that is called when a request has been served.
    #
    # @yieldparam request [Request]
    # @yieldparam env [Hash, nil] the Rack env; nil for a static route
    # @yieldparam response [Array, Symbol, nil] the Rack triple; `:c_static` for a static route; nil when there is an
    #   error
    # @yieldparam error [Exception, nil] what the application raised
    # @return [self]
    # @raise [ArgumentError] without a block
    def on_request_end(&hook)
      raise ArgumentError, 'on_request_end takes a block' unless hook

      @lock.synchronize { @end_hooks = [*@end_hooks, hook].freeze }
      announce
    end

    # Adds a hook that is called once for each request that runs for longer than `request_timeout`, from a thread of its
    # own, while the request runs on.
    #
    # @yieldparam env [Hash] the Rack env, which is in use
    # @yieldparam thread [Thread] that serves the request
    # @yieldparam seconds [Float] how long it has run
    # @return [self]
    # @raise [ArgumentError] without a block
    def on_request_timeout(&hook)
      raise ArgumentError, 'on_request_timeout takes a block' unless hook

      @lock.synchronize { @timeout_hooks = [*@timeout_hooks, hook].freeze }
      self
    end

    # @return [Boolean] whether any hook is registered
    def has_request_hooks? # rubocop:disable Naming/PredicatePrefix -- the name is public API
      !(@start_hooks.empty? && @end_hooks.empty?)
    end

    # Calls the start hooks in order; one that raises is logged, and the next still runs.
    #
    # @param request [Request]
    # @param env [Hash, nil]
    # @return [nil]
    def fire_request_start(request, env)
      @start_hooks.each { |hook| fire(hook, :request_start, request, env) }
      nil
    end

    # Calls the end hooks in order; one that raises is logged, and the next still runs.
    #
    # @param request [Request]
    # @param env [Hash, nil]
    # @param response [Array, Symbol, nil]
    # @param error [Exception, nil]
    # @return [nil]
    def fire_request_end(request, env, response, error)
      @end_hooks.each { |hook| fire(hook, :request_end, request, env, response, error) }
      nil
    end

    # Calls the time-out hooks in order; one that raises is logged, and the next still runs.
    #
    # @param env [Hash]
    # @param thread [Thread]
    # @param seconds [Float]
    # @return [nil]
    def fire_request_timeout(env, thread, seconds)
      @timeout_hooks.each { |hook| fire(hook, :request_timeout, env, thread, seconds) }
      nil
    end

    # Tells a running server of new hooks.
    #
    # @yield whenever a hook has been added
    # @return [Object] a token for {#forget}
    # @api private
    def on_hooks_changed(&listener)
      token = Object.new
      @lock.synchronize { @listeners = @listeners.merge(token => listener).freeze }
      token
    end

    # Ends what {#on_hooks_changed} began; harmless when it has ended.
    #
    # @param token [Object]
    # @return [nil]
    # @api private
    def forget(token)
      @lock.synchronize { @listeners = @listeners.reject { |known, _| known.equal?(token) }.freeze }
      nil
    end

    private

    def announce
      @listeners.each_value(&:call)
      self
    end

    def fire(hook, phase, *arguments)
      hook.call(*arguments)
    rescue StandardError => e
      @errors = LimitedLogger.around(logger, @errors)
      @errors.warn do
        { message: 'request hook failed', phase: phase, source: hook.source_location&.join(':'),
          error: e.message, error_class: e.class.name }
      end
    end
  end
end
