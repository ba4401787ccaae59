# frozen_string_literal: true

module Hyperion
  # A server's counters by the names that Puma has for them, as its tools expect.
  #
  # @api private
  module ServerStats
    module_function

    # @param server [Server] that runs
    # @return [Hash{Symbol => Integer}] `backlog`: requests that wait for a thread; `running`: threads; `pool_capacity`:
    #   requests that could be taken at once; `busy_threads`; `max_threads`; `requests_count`: since the start. On the
    #   Ruby accept loop connections count instead of requests. Beyond Puma's, `resident_bytes` of memory
    def of(server)
      counters = server.stats
      return {} if counters.empty?

      threads = counters[:threads]
      running, most = threads.values_at(:running, :max)
      busy = [running - threads[:idle], 0].max
      waiting, requests = counters.key?(:queue) ? of_engine(counters) : of_pool(counters)
      { backlog: waiting, running: running, pool_capacity: most - busy, busy_threads: busy, max_threads: most,
        requests_count: requests, resident_bytes: Vitals.resident_bytes }
    end

    # @!visibility private
    def of_engine(counters)
      [counters[:queue][:length],
       counters.values_at(:static_requests, :block_requests, :app_requests, :health_requests).sum]
    end

    # @!visibility private
    def of_pool(counters)
      counters.values_at(:waiting, :accepted)
    end

    private_class_method :of_engine, :of_pool
  end
end
