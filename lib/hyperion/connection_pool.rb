# frozen_string_literal: true

require_relative 'idle_sockets'
require_relative 'connection_pool/waiting'

module Hyperion
  # Connections that Ruby serves, each by one thread of a {WorkerPool} from its first byte to its last: those that
  # the Ruby accept loop accepts, and those that the engine hands over.
  class ConnectionPool
    # @param app [#call, nil] the Rack application
    # @param threads [Range<Integer>] connections served at once; more wait
    # @param name [String] of the threads; a number is added
    # @param logger [#warn] takes blocks that answer a Hash
    # @param health [Http::Health, nil] is told how long connections wait
    # @param scheduler [#call, nil] makes a Fiber scheduler, under which a thread serves each connection
    # @yieldparam stopping [StopSignal] set when the pool winds up
    # @yieldparam crowded [#call] answers whether connections wait for a thread, so that others ought to make room
    # @yieldparam idle [IdleSockets] where connections say that they wait for their next request
    # @yieldreturn [Connection] what serves
    def initialize(app, threads:, name:, logger:, health: nil, scheduler: nil)
      @app = app
      @health = health
      @scheduler = scheduler
      @stopping = StopSignal.new
      @waiting = Waiting.new(coming: threads.min)
      @lock = Mutex.new
      @ended = ConditionVariable.new
      @open = 0
      @idle = IdleSockets.new
      @connection = yield @stopping, -> { @open > threads.max }, @idle
      @workers = WorkerPool.new(threads, name: name, logger: logger, demand: @waiting) { work }
    end

    # Takes a connection over. The threads are started with the first one.
    #
    # @param socket [IO]
    # @param partial [String, nil]
    # @return [self]
    # @raise [ClosedQueueError] when the pool winds up; the socket stays the caller's
    def submit(socket, partial = nil)
      @workers.start
      count(+1)
      @waiting.push([socket, partial, Deadline.now])
      self
    rescue ClosedQueueError
      count(-1)
      raise
    end

    # @return [Integer] connections that wait or are being served
    attr_reader :open

    # @return [Boolean] whether a connection could give way to a new one
    def idle?
      !@idle.empty?
    end

    # Ends the connection that has been idle for longest, and waits until there is one less.
    #
    # @param seconds [Numeric] how long to wait
    # @return [Boolean] whether there is one less
    def displace_idle(seconds)
      @lock.synchronize do
        before = @open
        return false unless @idle.displace

        @ended.wait(@lock, seconds) if @open >= before
        @open < before
      end
    end

    # @return [Hash{Symbol => Integer}] threads that run, those of them that wait for a connection, and how many may run
    def thread_counts
      @workers.counts(idle: @waiting.idle)
    end

    # @param thread [Thread]
    # @return [Boolean] whether the thread is one of this pool's
    def include?(thread)
      @workers.include?(thread)
    end

    # Tells the connections to end with their present answer. Any thread, and signal handlers.
    #
    # @param patience [Numeric] seconds for which idle ones may wait for one more request
    # @return [nil]
    def drain(patience = 0)
      @stopping.set(patience)
    end

    # Drains, waits, and cuts the connections that do not end. Gives the threads up.
    #
    # @param seconds [Numeric] how long to wait
    # @return [Integer] threads that had to be killed
    def shutdown(seconds)
      drain
      @waiting.close
      @workers.shutdown(seconds).tap do
        close_next until @waiting.size.zero?
        @stopping.close
      end
    end

    private

    def work
      @waiting.enter
      while (socket, partial, since = @waiting.pop)
        waited = Deadline.now - since
        @health&.waited((waited * 1000).to_i)
        begin
          serve(socket, partial, waited)
        ensure
          count(-1)
        end
      end
    end

    def serve(socket, partial, waited)
      served = lambda do
        @connection.serve(socket, @app, max_request_read_seconds: nil, partial: partial, waited: waited)
      end
      @scheduler ? FiberWorker.under(@scheduler, &served) : served.call
    end

    def count(change)
      @lock.synchronize do
        @open += change
        @ended.signal if change.negative?
      end
    end

    def close_next
      socket, = @waiting.poll
      return unless socket

      count(-1)
      socket.close
    rescue IOError, SystemCallError
      nil # it is gone
    end
  end
end
