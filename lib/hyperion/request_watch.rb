# frozen_string_literal: true

module Hyperion
  # Watches for requests that run for too long, in a thread of its own that looks when the next may be due: a request
  # itself costs nothing. A request that is over the soft limit is told to the log, with what its thread does, and to
  # the runtime's hooks; over the hard limit also to whoever can end it. The watch itself ends nothing: no thread can be
  # ended safely at a point it has not chosen.
  #
  # @api private
  class RequestWatch
    # Lines of a backtrace that are told.
    BACKTRACE_LINES = 40

    Limit = Struct.new(:seconds, :action)
    private_constant :Limit

    # @param sources [Array<#running>] know [thread, env, seconds] of each request under way
    # @param configuration [Configuration] has the limits, and what is called beyond the hard one
    # @param runtime [Runtime] whose hooks are called
    # @param logger [#warn]
    # @param count [#call] is given the name of the counter, for each request that passes a limit
    def initialize(sources, configuration, runtime:, logger:, count: ->(_name) {})
      @sources = sources
      limits = [Limit.new(configuration.request_timeout, :tell_soft),
                Limit.new(configuration.request_timeout_hard, :tell_hard)]
      @limits = limits.select { |limit| limit.seconds&.positive? }.sort_by(&:seconds)
      @on_hard = configuration.on_hard_timeout
      @runtime = runtime
      @logger = logger
      @count = count
      @passed = {}.compare_by_identity
    end

    # Watches while the block runs, if there is a limit.
    #
    # @return [Object] what the block returns
    def during
      thread = Thread.new { run } if @limits.any?
      yield
    ensure
      thread&.kill&.join(WorkerPool::KILL_SECONDS)
    end

    private

    def run
      Thread.current.name = 'hyperion request watch'
      loop { sleep(look) }
    end

    # Seconds until there may be something to see. A request that begins meanwhile is not due earlier.
    def look
      passed = {}.compare_by_identity
      rests = @sources.flat_map(&:running).filter_map do |thread, env, seconds|
        passed[env] = pass(@passed.fetch(env, 0), thread, env, seconds)
        following = @limits[passed[env]]
        following && [following.seconds - seconds, 0].max
      end
      @passed = passed
      [@limits.first.seconds, *rests].min
    end

    # The number of limits that the request has passed, each being told once.
    def pass(count, thread, env, seconds)
      while (limit = @limits[count]) && seconds >= limit.seconds
        __send__(limit.action, env, thread, seconds)
        count += 1
      end
      count
    end

    def tell_soft(env, thread, seconds)
      @count.call(:late_requests)
      log('request runs for too long', env, thread, seconds)
      @runtime.fire_request_timeout(env, thread, seconds)
    end

    def tell_hard(env, thread, seconds)
      @count.call(:overdue_requests)
      log('request is over its hard time-out', env, thread, seconds)
      @on_hard&.call(env, thread, seconds)
    rescue StandardError => e
      @logger.warn { { message: 'on_hard_timeout failed', error: e.message, error_class: e.class.name } }
    end

    def log(message, env, thread, seconds)
      @logger.warn do
        { message: message, seconds: seconds.round(3), method: env['REQUEST_METHOD'], path: env['PATH_INFO'],
          thread: thread.name, backtrace: Array(thread.backtrace).first(BACKTRACE_LINES).join(' < ') }
      end
    end
  end
end
