# frozen_string_literal: true

require_relative 'foreman'

module Hyperion
  # Named threads that run one block each, until it returns. A thread that is killed, or whose block raises, is
  # replaced. There are `threads.min` of them; up to `threads.max` when a {Foreman} sees that they are needed, and those
  # end again when they are not.
  #
  # In the process: the threads that run the application, be it the engine's workers or those of {ConnectionPool}.
  #
  # @example
  #   jobs = Thread::Queue.new
  #   pool = Hyperion::WorkerPool.new(5..5, name: 'worker') { while (job = jobs.pop) do job.call end }
  #   pool.start
  #   jobs.close
  #   pool.shutdown(Hyperion::Deadline.new(30))
  class WorkerPool
    # How long a killed thread may take to end.
    KILL_SECONDS = 1.0

    # Before a thread whose block has raised is replaced, so that one which always raises does not spin.
    PAUSE_SECONDS = 0.1

    # @return [Range<Integer>] how many threads there may be
    attr_reader :threads

    # @param threads [Range<Integer>]
    # @param name [String] of the threads; a number is added
    # @param logger [#warn] takes blocks that answer a Hash
    # @param demand [#await_shortage, nil] tells a {Foreman} when threads are needed; nil: `threads.min` is enough
    # @yield in each thread
    def initialize(threads, name:, logger: Hyperion.logger, demand: nil, &work)
      @threads = threads
      @name = name
      @logger = logger
      @work = work
      @lock = Mutex.new
      @crew = {}
      @foreman = Foreman.new(self, demand, name: name) if demand && threads.min < threads.max
      @started = @closing = false
    end

    # Starts the threads, unless they run already, or the pool has been shut down.
    #
    # @return [self]
    # @raise [ThreadError] when the system has none left; those that could be had run, and the next call starts the rest
    def start
      @lock.synchronize do
        next if @started || @closing

        @threads.min.times { |index| @crew[index] ||= spawn(index) }
        @foreman&.start
        @started = true
      end
      self
    end

    # Starts a thread more.
    #
    # @return [Boolean] false when there are `threads.max`, or the system has none left
    def grow
      @lock.synchronize do
        return false if @closing || @crew.size >= @threads.max

        index = @threads.max.times.find { |number| !@crew.key?(number) }
        @crew[index] = spawn(index)
      end
      true
    rescue ThreadError => e
      @logger.warn { { message: 'cannot start a worker thread', error: e.message } }
      false
    end

    # @return [Integer] threads that run
    def size
      @crew.size
    end

    # @param idle [Integer] threads that have nothing to do, as others know
    # @return [Hash{Symbol => Integer}] threads that run, those of them that are idle, and how many there may be
    def counts(idle:)
      { running: size, idle: idle, min: @threads.min, max: @threads.max }
    end

    # @return [Boolean] whether there may be more threads
    def room?
      size < @threads.max
    end

    # @return [Integer] threads that may end
    def surplus
      [size - @threads.min, 0].max
    end

    # @param thread [Thread]
    # @return [Boolean] whether the thread is one of this pool's
    def include?(thread)
      @crew.value?(thread)
    end

    # Waits for the threads to end, and kills those that do not. The caller has told the block to return.
    #
    # @param deadline [Deadline] how long to wait
    # @return [Integer] threads that had to be killed
    def shutdown(deadline)
      crew = @lock.synchronize do
        @closing = true
        @crew.values
      end
      late = join(crew - [Thread.current], deadline)
      late.each(&:kill)
      join(late, Deadline.new(KILL_SECONDS))
      @foreman&.stop
      late.size
    end

    private

    def spawn(index)
      Thread.new do
        Thread.current.name = "#{@name} #{index + 1}"
        returned = run
      ensure
        returned ? vacate(index) : replace(index)
      end
    end

    def run
      @work.call
      true
    rescue Exception => e # rubocop:disable Lint/RescueException -- whatever it was, the pool stays complete
      @logger.warn do
        { message: 'worker thread died', thread: Thread.current.name, error: e.message, error_class: e.class.name }
      end
      sleep(PAUSE_SECONDS) unless @closing
      false
    end

    def vacate(index)
      @lock.synchronize { @crew.delete(index) unless @closing }
    end

    def replace(index)
      @lock.synchronize { @crew[index] = spawn(index) unless @closing }
    rescue ThreadError
      nil # the process is ending
    end

    # Answers those that still run then.
    def join(threads, deadline)
      threads.reject { |thread| deadline.wait { |seconds| thread.join(seconds) } }
    end
  end
end
