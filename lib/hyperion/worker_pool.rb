# frozen_string_literal: true

module Hyperion
  # A fixed number of named threads that run one block each, until it returns. A thread that is killed, or whose block
  # raises, is replaced.
  #
  # In the process: the threads that run the application, be it the engine's workers or those of {ConnectionPool}.
  #
  # @example
  #   jobs = Thread::Queue.new
  #   pool = Hyperion::WorkerPool.new(5, name: 'worker') { while (job = jobs.pop) do job.call end }
  #   pool.start
  #   jobs.close
  #   pool.shutdown(30)
  class WorkerPool
    # How long a killed thread may take to end.
    KILL_SECONDS = 1.0

    # Before a thread whose block has raised is replaced, so that one which always raises does not spin.
    PAUSE_SECONDS = 0.1

    # @param size [Integer] number of threads
    # @param name [String] of the threads; a number is added
    # @param logger [#warn] takes blocks that answer a Hash
    # @yield in each thread
    def initialize(size, name:, logger: Hyperion.logger, &work)
      @size = size
      @name = name
      @logger = logger
      @work = work
      @lock = Mutex.new
      @threads = []
      @closing = false
    end

    # Starts the threads, unless they run already.
    #
    # @return [self]
    def start
      @lock.synchronize { @size.times { |index| @threads[index] ||= spawn(index) } }
      self
    end

    # @param thread [Thread]
    # @return [Boolean] whether the thread is one of this pool's
    def include?(thread)
      @threads.include?(thread)
    end

    # Waits for the threads to end, and kills those that do not. The caller has told the block to return.
    #
    # @param seconds [Numeric] how long to wait
    # @return [Integer] threads that had to be killed
    def shutdown(seconds)
      threads = @lock.synchronize do
        @closing = true
        @threads.compact
      end
      late = join(threads - [Thread.current], seconds)
      late.each(&:kill)
      join(late, KILL_SECONDS)
      late.size
    end

    private

    def spawn(index)
      Thread.new do
        Thread.current.name = "#{@name} #{index + 1}"
        returned = run
      ensure
        replace(index) unless returned
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

    def replace(index)
      @lock.synchronize { @threads[index] = spawn(index) unless @closing }
    rescue ThreadError
      nil # the process is ending
    end

    # Answers those that still run after so many seconds.
    def join(threads, seconds)
      deadline = Deadline.new(seconds)
      threads.reject { |thread| thread.join(deadline.left) }
    end
  end
end
