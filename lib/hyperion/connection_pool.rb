# frozen_string_literal: true

require_relative 'idle_sockets'
require_relative 'connection_pool/reactor'
require_relative 'connection_pool/waiting'

module Hyperion
  # Connections that Ruby serves: those that the Ruby accept loop accepts, and those that the engine hands over. One has
  # a thread of a {WorkerPool} while there is something to do for it; while it waits for its client, it has a {Reactor}.
  class ConnectionPool
    # @param app [#call, nil] the Rack application
    # @param threads [Range<Integer>] requests served at once; more wait
    # @param name [String] of the threads; a number is added
    # @param logger [#warn] takes blocks that answer a Hash
    # @param health [Http::Health, nil] is told how long connections wait
    # @param scheduler [#call, nil] makes a Fiber scheduler, under which a thread serves each connection
    # @yieldparam stopping [StopSignal] set when the pool winds up
    # @yieldreturn [Connection] what serves
    def initialize(app, threads:, name:, logger:, health: nil, scheduler: nil)
      @app = app
      @health = health
      @scheduler = scheduler
      @stopping = StopSignal.new
      @waiting = Waiting.new(coming: threads.min)
      @reactor = Reactor.new(logger: logger) { |session| pass_on(session, :turn) }
      @lock = Mutex.new
      @ended = ConditionVariable.new
      @open = 0
      @closing = false
      @connection = yield @stopping
      @workers = WorkerPool.new(threads, name: name, logger: logger, demand: @waiting) { work }
    end

    # Takes a connection over. The threads are started with the first one.
    #
    # @param socket [IO]
    # @param partial [String, nil]
    # @return [self]
    # @raise [ClosedQueueError] when the pool winds up; the socket stays the caller's
    def submit(socket, partial = nil)
      raise ClosedQueueError, 'no more connections are taken' if @closing

      @workers.start
      @reactor.start
      session = @connection.session(socket, @app, partial: partial, others: @waiting.method(:crowded?))
      @lock.synchronize { @open += 1 }
      pass_on(session, :turn)
      self
    end

    # @return [Integer] connections that have not ended
    attr_reader :open

    # @return [Integer] connections that wait for a thread
    def waiting
      @waiting.size
    end

    # @return [Boolean] whether a connection could give way to a new one
    def idle?
      @reactor.idle?
    end

    # Ends the connection that has been idle for longest, and waits until there is one less.
    #
    # @param seconds [Numeric] how long to wait
    # @return [Boolean] whether there is one less
    def displace_idle(seconds)
      @lock.synchronize do
        before = @open
        return false unless @reactor.displace

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
      @reactor.release
      nil
    end

    # Drains, if that has not begun, waits, and cuts the connections that do not end. Gives the threads up.
    #
    # @param deadline [Deadline] how long to wait
    # @return [Integer] threads that had to be killed
    def shutdown(deadline)
      drain unless @stopping.set?
      @closing = true
      await_end(deadline)
      @waiting.close
      @workers.shutdown(deadline).tap do
        @reactor.close.each { |session| finish(session) }
        finish(@waiting.poll.first) until @waiting.size.zero?
        @stopping.close
      end
    end

    private

    def await_end(deadline)
      deadline.wait do |seconds|
        @lock.synchronize do
          @ended.wait(@lock, seconds) if @open.positive?
          @open.zero?
        end
      end
    end

    # A thread that is killed is killed while it waits, or while it serves, so that no session is on its way from one
    # place to another.
    def work
      @waiting.enter
      buffer = String.new(capacity: Connection::Input::BYTES)
      Thread.handle_interrupt(Object => :never) do
        while (session, since = @waiting.pop)
          waited = Deadline.now - since
          @health&.waited((waited * 1000).to_i)
          serve(session, buffer, waited)
        end
      end
    end

    # A thread that is killed amid a request takes its connection along only where that cannot go on.
    def serve(session, buffer, waited)
      awaited = nil
      awaited = Thread.handle_interrupt(Object => :immediate) { run(session, buffer, waited) }
      returned = true
    ensure
      awaited = :turn if !returned && session.goes_on?
      awaited ? pass_on(session, awaited) : finish(session)
    end

    def run(session, buffer, waited)
      return session.run(buffer, waited) unless @scheduler

      FiberWorker.under(@scheduler) { session.run(buffer, waited) }
    end

    def pass_on(session, awaited)
      awaited == :turn ? @waiting.push([session, Deadline.now]) : @reactor.add(session, awaited)
    rescue ClosedQueueError
      finish(session)
    end

    def finish(session)
      session.finish
    ensure
      @lock.synchronize do
        @open -= 1
        @ended.broadcast
      end
    end
  end
end
