# frozen_string_literal: true

module Hyperion
  class ConnectionPool
    # Connections that wait for a thread of the pool, and threads that wait for one. Also tells a {Foreman} when there
    # are too few or too many threads, as the {Engine} does for its workers.
    #
    # @api private
    class Waiting
      # @return [Integer] threads that wait
      attr_reader :idle

      # @param coming [Integer] threads that are about to {#enter}
      def initialize(coming: 0)
        @lock = Mutex.new
        @came = ConditionVariable.new
        @news = ConditionVariable.new
        @connections = []
        @coming = coming
        @idle = @idle_least = @dismissed = 0
        @closed = false
      end

      # @param connection [Object]
      # @return [self]
      # @raise [ClosedQueueError]
      def push(connection)
        @lock.synchronize do
          raise ClosedQueueError, 'no more connections are taken' if @closed

          @connections.push(connection)
          @came.signal
          @news.signal if short?
        end
        self
      end

      # A thread begins to take connections.
      #
      # @return [void]
      def enter
        @lock.synchronize { @coming = [@coming - 1, 0].max }
      end

      # Waits for one. Interrupts that the caller has put off come while it waits.
      #
      # @return [Object, nil] nil when there will be none for this thread: it is to end
      def pop
        @lock.synchronize do
          while_idle { wait } while @connections.empty? && !@closed && @dismissed.zero?
          next @connections.shift unless @connections.empty?

          @dismissed -= 1 unless @closed
          nil
        end
      end

      # @return [Object, nil] one that waits, or nil
      def poll
        @lock.synchronize { @connections.shift }
      end

      # @return [Integer] connections that wait
      def size
        @connections.size
      end

      # @return [Boolean] whether a connection waits for which no thread is there
      def crowded?
        @connections.size > @idle
      end

      # No more connections are taken; threads end when none waits.
      #
      # @return [void]
      def close
        @lock.synchronize do
          @closed = true
          @came.broadcast
          @news.signal
        end
      end

      # Waits until a thread more is needed.
      #
      # @param seconds [Numeric] for so long
      # @param room [Boolean] whether there may be one
      # @return [:short, :quiet, nil] whether it is needed, or the time is over; nil: closed
      def await_shortage(seconds, room)
        deadline = Deadline.new(seconds)
        @lock.synchronize do
          @news.wait(@lock, deadline.left) until @closed || (room && short?) || deadline.left.zero?
          next nil if @closed
          next :quiet unless room && short?

          @coming += 1
          :short
        end
      end

      # The thread that {#await_shortage} has asked for could not be had.
      #
      # @return [void]
      def nobody_came
        enter
      end

      # Lets as many threads end as have been idle since the last call.
      #
      # @param most [Integer]
      # @return [void]
      def dismiss(most)
        @lock.synchronize do
          @dismissed = [@idle_least, most].min
          @dismissed.times { @came.signal }
          @idle_least = @idle - @dismissed
        end
      end

      private

      def short?
        @connections.size > @idle + @coming
      end

      def wait
        Thread.handle_interrupt(Object => :immediate) { @came.wait(@lock) }
      end

      def while_idle
        @idle += 1
        yield
      ensure
        @idle -= 1
        @idle_least = [@idle_least, @idle].min
        @came.signal unless @connections.empty? # this thread may have been killed when it was to come
      end
    end
  end
end
