# frozen_string_literal: true

module Hyperion
  # Sees to it that a {WorkerPool} has as many threads as are needed. It is a thread of its own, because the one that
  # notices that requests wait is either none of Ruby's, or stuck.
  #
  # What it asks is the demand: the {Engine}, or a {ConnectionPool::Waiting}.
  #
  # @api private
  class Foreman
    # A thread that has been idle for so long ends: at the latest after twice the time.
    IDLE_SECONDS = 30

    # @param pool [WorkerPool]
    # @param demand [#await_shortage, #nobody_came, #dismiss]
    # @param name [String] of the thread, in part
    def initialize(pool, demand, name:)
      @pool = pool
      @demand = demand
      @name = name
    end

    # Starts the thread.
    #
    # @return [void]
    def start
      @thread = Thread.new { run }
    end

    # Ends the thread.
    #
    # @return [void]
    def stop
      @thread&.kill&.join(WorkerPool::KILL_SECONDS)
    end

    private

    def run
      Thread.current.name = "#{@name} foreman"
      while (news = @demand.await_shortage(IDLE_SECONDS, @pool.room?))
        news == :short ? hire : @demand.dismiss(@pool.surplus)
      end
    end

    # When the system has no thread left, it may have one later.
    def hire
      return if @pool.grow

      @demand.nobody_came
      sleep(WorkerPool::PAUSE_SECONDS)
    end
  end
end
