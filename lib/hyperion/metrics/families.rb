# frozen_string_literal: true

module Hyperion
  module Metrics
    # The metrics: their names, what they mean, and where a scoreboard has their values.
    #
    # @api private
    class Families
      # Routes beyond those that are told apart.
      OTHER = 'other'

      # In place of a route, for the application.
      APP = 'app'

      # Families whose samples are counters and facts of all workers: name => type, help, label, and the label's value
      # or nil => counter.
      COUNTED = {
        'requests_total' => [:counter, 'Requests by who was to answer them; refused got nowhere, or were shed.', :kind,
                             { static: :static_requests, route: :block_requests, app: :app_requests,
                               health: :health_requests, refused: :refused_requests }],
        'responses_total' => [:counter, 'Answers by the class of their status.', :class,
                              { '1xx': :responses_1xx, '2xx': :responses_2xx, '3xx': :responses_3xx,
                                '4xx': :responses_4xx, '5xx': :responses_5xx, other: :responses_other }],
        'requests_shed_total' => [:counter, 'Requests answered 503 without being run.', :reason,
                                  { queue_full: :overload_requests, queue_timeout: :queue_timeouts }],
        'requests_lost_total' => [:counter, 'Answers whose client had gone.', nil, { nil => :lost_replies }],
        'connections' => [:gauge, 'Open connections by what they wait for.', :state,
                          { idle: :idle, reading_head: :reading_head, reading_body: :reading_body, waiting: :waiting,
                            writing: :writing, lingering: :lingering }],
        'connections_accepted_total' => [:counter, 'Connections accepted.', nil, { nil => :accepted }],
        'accept_errors_total' => [:counter, 'Accepts that failed.', nil, { nil => :accept_errors }],
        'connections_handed_over_total' => [:counter, 'Connections given to Ruby: other protocols, hijacks.', nil,
                                            { nil => :handoffs }],
        'connections_displaced_total' => [:counter, 'Idle connections closed to make room.', nil,
                                          { nil => :idle_displaced }],
        'timeouts_total' => [:counter, 'Connections and requests that met a time-out, by its kind.', :kind,
                             { head: :head_timeouts, body: :body_timeouts, write: :write_timeouts,
                               idle: :idle_timeouts, request: :late_requests, request_hard: :overdue_requests }],
        'access_log_lines_lost_total' => [:counter, 'Lines of the access log that were dropped.', nil,
                                          { nil => :log_lines_lost }],
        'received_bytes_total' => [:counter, 'Bytes received.', nil, { nil => :bytes_in }],
        'sent_bytes_total' => [:counter, 'Bytes sent.', nil, { nil => :bytes_out }],
        'queued_requests' => [:gauge, 'Requests that wait for a thread.', nil, { nil => :queued }],
        'busy_threads' => [:gauge, 'Threads that are at a request.', nil, { nil => :busy_threads }],
        'loop_rounds_total' => [:counter, 'Rounds of the event loops.', nil, { nil => :ticks }]
      }.freeze

      # The same of what workers tell of their processes.
      TOLD = {
        'max_threads' => [:gauge, 'Threads that may run the application.', :max_threads, 1],
        'gc_runs_total' => [:counter, 'Garbage collections.', :gc_runs, 1],
        'gc_major_runs_total' => [:counter, 'Garbage collections of the whole heap.', :gc_major_runs, 1],
        'gc_seconds_total' => [:counter, 'Time of garbage collections.', :gc_msec, 1000.0],
        'allocated_objects_total' => [:counter, 'Objects allocated.', :allocated_objects, 1]
      }.freeze

      # Of each worker by itself.
      OF_WORKERS = {
        'resident_memory_bytes' => ['Resident memory of a worker.', :resident_bytes, 1],
        'live_objects' => ['Slots of the heap in use.', :live_objects, 1],
        'worker_start_time_seconds' => ['When a worker began to serve, UNIX time.', :started_at, 1000.0]
      }.freeze

      # Histograms, of the application and of routes.
      TIMES = {
        'request_duration_seconds' => ['From the whole request to the last byte of its answer.', :latency],
        'queue_duration_seconds' => ['From the whole request to the thread that takes it.', :queue]
      }.freeze

      # Of the master's children.
      PROCESSES = {
        'worker_boots_total' => [:counter, 'Workers that have begun to serve.'],
        'worker_exits_total' => [:counter, 'Workers that have ended.'],
        'workers' => [:gauge, 'Workers that serve.']
      }.freeze

      private_constant :COUNTED, :TOLD, :OF_WORKERS, :TIMES, :PROCESSES

      # What all names begin with.
      PREFIX = 'hyperion_'

      # Every family's.
      NAMES = [COUNTED, TOLD, OF_WORKERS, TIMES, { 'route_requests_total' => nil, 'worker_restarts_total' => nil },
               PROCESSES]
              .flat_map(&:keys).map { |name| "#{PREFIX}#{name}".freeze }.freeze

      # @param sum [Hash{Symbol => Object}] {Scoreboard#sum}
      # @param workers [Array<Hash>] {Scoreboard#workers}
      def initialize(sum, workers)
        @sum = sum
        @workers = workers
      end

      # @yieldparam family [Hash{Symbol => Object}] name, type, help and samples
      # @return [nil]
      def each(&block)
        [*counted, *times, route_requests, *processes, restarts, *told, *of_workers].each(&block)
        nil
      end

      private

      def family(name, type, help, samples)
        { name: "#{PREFIX}#{name}", type: type, help: help, samples: samples }
      end

      def counted
        values = @sum[:counters].merge(@sum[:facts])
        COUNTED.map do |name, (type, help, label, counters)|
          samples = counters.map { |value, key| [label ? { label => value } : {}, values.fetch(key)] }
          family(name, type, help, samples)
        end
      end

      def told
        TOLD.map { |name, (type, help, key, unit)| family(name, type, help, [[{}, in_unit(@sum[:facts][key], unit)]]) }
      end

      def of_workers
        OF_WORKERS.map do |name, (help, key, unit)|
          samples = @workers.map { |worker| [{ worker: worker[:slot] }, in_unit(worker[:facts][key], unit)] }
          family(name, :gauge, help, samples)
        end
      end

      def in_unit(value, unit)
        unit == 1 ? value : value / unit
      end

      # A route that is static has no times.
      def times
        TIMES.map do |name, (help, key)|
          timed = @sum[:routes].select { |route| route[key][:buckets].sum.positive? }
          samples = timed.map { |route| [label_of(route), route[key]] }
          family(name, :histogram, help, [[{ route: APP }, @sum[key]], *samples])
        end
      end

      def route_requests
        family('route_requests_total', :counter, 'Requests of static routes and route blocks.',
               @sum[:routes].map { |route| [label_of(route), route[:requests]] })
      end

      def restarts
        family('worker_restarts_total', :counter, 'Workers that were replaced, by the reason.',
               @sum[:restarts].map { |reason, count| [{ reason: reason }, count] })
      end

      def label_of(route)
        { route: route[:name].empty? ? OTHER : route[:name] }
      end

      def processes
        values = [@sum[:boots], @sum[:exits], @workers.size]
        PROCESSES.zip(values).map { |(name, (type, help)), value| family(name, type, help, [[{}, value]]) }
      end
    end
  end
end
