# frozen_string_literal: true

require_relative '../fiber_worker'
require_relative '../worker_pool'

module Hyperion
  class Server
    # Runs an engine: a thread for each of its loops, and its workers. The thread that starts the server only waits.
    #
    # @api private
    class CLoop
      # What is left to requests when the loop ends by anything but a stop: a crash, or an exception in the starting
      # thread.
      ABRUPT_SECONDS = 1.0

      # Beyond a deadline, for the loop to cut its connections.
      CUT_SECONDS = 0.5

      # @param engine [Engine]
      # @param listener [Listener] a loop for each of its sockets
      # @param threads [Range<Integer>] how many workers there may be
      # @param runtime [Runtime] whose request hooks are called, also those that are added while the loop runs
      # @param logger [#warn]
      # @param scheduler [#call, nil] makes a Fiber scheduler, under which each worker runs its requests
      # @param fibers [Integer] requests of a worker under way at once, when there is a scheduler
      def initialize(engine:, listener:, threads:, runtime:, logger:, scheduler: nil, fibers: 1)
        @engine = engine
        @listener = listener
        @runtime = runtime
        @workers = WorkerPool.new(threads, name: 'hyperion worker', logger: logger, demand: engine) do
          scheduler ? FiberWorker.new(engine, scheduler: scheduler, fibers: fibers).run : engine.run_worker
        end
        @threads = []
        @deadline = Deadline.new
      end

      # @return [Deadline] of the drain
      attr_reader :deadline

      # @return [String] what serves: the engine's backend
      def name
        @engine.backend_name
      end

      # @return [Hash{Symbol => Object}] the engine's counters, and its threads
      def stats
        stats = @engine.stats
        stats.merge(threads: @workers.counts(idle: stats.dig(:queue, :idle_workers).to_i))
      end

      # (see InFlight#running)
      def running
        @engine.running
      end

      # Blocks until the loop has ended.
      #
      # @return [:stopped, :crashed]
      def run
        subscription = @runtime.on_hooks_changed { heed_hooks }
        heed_hooks
        serve
      ensure
        @runtime.forget(subscription)
      end

      # Asks for a drain; any thread, and signal handlers. A later call can only shorten the time.
      #
      # @param seconds [Numeric] until connections are cut
      # @param patience [Numeric] seconds in which idle connections may bring one more request
      # @return [nil]
      def stop(seconds, patience = 0)
        @deadline.shorten(seconds)
        @engine.keeps_listener = @listener.kept?
        milliseconds = (seconds * 1000).ceil
        patience.positive? ? @engine.retire((patience * 1000).ceil, milliseconds) : @engine.stop(milliseconds)
        nil
      end

      # @param thread [Thread]
      # @return [Boolean] whether the drain waits for this thread
      def include?(thread)
        @threads.include?(thread) || @workers.include?(thread)
      end

      private

      def serve
        @workers.start
        @listener.sockets.each_with_index { |socket, index| @threads << start_loop(index, socket) }
        outcomes = @threads.map(&:value)
        finished = true
        outcomes.include?(:crashed) ? :crashed : :stopped
      ensure
        stop(ABRUPT_SECONDS) unless finished
        wind_up
      end

      def heed_hooks
        @engine.lifecycle_active = @runtime.has_request_hooks?
      end

      def start_loop(index, socket)
        Thread.new do
          Thread.current.name = "hyperion loop #{index + 1}"
          Thread.current.report_on_exception = false
          outcome = @engine.run_loop(index, socket.fileno)
        ensure
          stop(ABRUPT_SECONDS) unless outcome == :stopped
        end
      end

      # The workers come last: what is in flight needs them.
      def wind_up
        @threads.each { |thread| thread.join(@deadline.left + CUT_SECONDS) || thread.kill }
        @engine.close_queue
        @workers.shutdown(@deadline)
      end
    end
  end
end
