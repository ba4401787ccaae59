# frozen_string_literal: true

module Hyperion
  # The requests that Ruby's own path has under way, where somebody wants to know: for time-outs, and for garbage
  # collection between them. The engine keeps count of its own.
  #
  # @api private
  class InFlight
    # @param configuration [Configuration]
    # @return [InFlight, nil] nil: nobody wants to know
    def self.for(configuration)
      wanted = [configuration.request_timeout, configuration.request_timeout_hard, configuration.out_of_band_gc]
      new(out_of_band_gc: configuration.out_of_band_gc) if wanted.any?
    end

    # @param out_of_band_gc [Integer, nil] requests after which garbage is collected
    def initialize(out_of_band_gc: nil)
      @lock = Mutex.new
      @requests = {}.compare_by_identity
      @gc_every = out_of_band_gc
      @served = 0
    end

    # @param env [Hash{String => Object}] of a request that the present thread serves while the block runs
    # @return what the block returns
    def during(env)
      @lock.synchronize { @requests[env] = [Thread.current, Deadline.now] }
      yield
    ensure
      @lock.synchronize do
        @requests.delete(env)
        @served += 1
      end
    end

    # @return [Array<Array(Thread, Hash, Float)>] for each request, who serves it and for how many seconds
    def running
      now = Deadline.now
      @lock.synchronize { @requests.map { |env, (thread, since)| [thread, env, now - since] } }
    end

    # A thread is about to wait: collects garbage when that is due and nothing is under way.
    #
    # @return [void]
    def collect_garbage_if_due
      return unless @gc_every && @served >= @gc_every

      @lock.synchronize do
        next unless @requests.empty? && @served >= @gc_every

        @served = 0
        GC.start
      end
    end
  end
end
