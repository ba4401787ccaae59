# frozen_string_literal: true

module Hyperion
  class Cluster
    # A place for a worker: its sockets, the worker that serves, the one that is to take over from it, and those that
    # are leaving. A place is never empty for longer than it takes to fork, unless its workers keep failing.
    #
    # @api private
    class Slot
      # A worker that has lived for so long was a good one.
      GOOD_SECONDS = 10

      # The pause after a second failure; it doubles with each further one.
      PAUSE_SECONDS = 0.25

      # The longest pause.
      PAUSE_SECONDS_MAX = 30

      # @return [Integer]
      attr_reader :index

      # @return [Array<Socket>] listening
      attr_reader :sockets

      # @return [WorkerHandle, nil]
      attr_reader :serving

      # @return [WorkerHandle, nil] booting
      attr_reader :coming

      # @return [Array<WorkerHandle>]
      attr_reader :leaving

      # @param index [Integer]
      # @param sockets [Array<Socket>]
      # @param serving [WorkerHandle, nil] one that is there already
      def initialize(index, sockets, serving = nil)
        @index = index
        @sockets = sockets
        @serving = serving
        @leaving = []
        @failures = 0
        @pause = Deadline.new(0)
        @failed = @stopped = @bereft = false
      end

      # @return [Array<WorkerHandle>] all that live
      def handles
        [@serving, @coming, *@leaving].compact
      end

      # @return [Boolean] whether there ought to be a worker, and it is time for one
      def due?
        empty? && @pause.left.zero?
      end

      # @return [Float, nil] seconds until {#due?} may be true
      def pause
        @pause.left if empty?
      end

      # @return [Boolean] whether its worker has died, and no other serves yet
      def vacant?
        @bereft && !@stopped
      end

      # @return [Boolean] whether the last worker to come has failed
      def failed?
        @failed
      end

      # @return [Boolean] whether one worker serves and no other is on its way in or out
      def settled?
        !@serving.nil? && @coming.nil? && @leaving.empty?
      end

      # @param forker [Forker]
      # @return [nil]
      def start(forker)
        @failed = false
        @coming = forker.fork_worker(@index, @sockets)
        nil
      rescue SystemCallError
        @failed = true
        back_off
        raise
      end

      # The one that was to come is there: it serves, and whoever did so before leaves.
      #
      # @param seconds [Numeric] for the other's drain
      # @return [nil]
      def take_over(seconds)
        predecessor = @serving
        @serving = @coming
        @coming = nil
        @bereft = false
        retire(predecessor, seconds) if predecessor
        nil
      end

      # Ends the place's workers, while others go on.
      #
      # @param seconds [Numeric]
      # @return [nil]
      def give_up(seconds)
        [@serving, @coming].compact.each { |handle| retire(handle, seconds) }
        @serving = @coming = nil
      end

      # Ends them for good.
      #
      # @param seconds [Numeric] for their drain
      # @return [nil]
      def stop(seconds)
        @stopped = true
        @leaving = handles
        @serving = @coming = nil
        @leaving.each { |handle| handle.leave(:stop, seconds) }
      end

      # @param handle [WorkerHandle] that has ended
      # @return [Boolean] whether that was to be expected
      def lost(handle)
        return true if @leaving.delete(handle)

        handle == @serving ? lose_serving : lose_coming
        @failures = 0 if handle.age >= GOOD_SECONDS
        back_off
        false
      end

      private

      def lose_serving
        @serving = nil
        @bereft = true
      end

      def lose_coming
        @coming = nil
        @failed = true
      end

      # There is nobody, and there ought to be.
      def empty?
        @serving.nil? && @coming.nil? && !@stopped
      end

      def retire(handle, seconds)
        handle.leave(:retire, seconds)
        @leaving << handle
      end

      def back_off
        @failures += 1
        @pause = Deadline.new(pause_after(@failures))
      end

      # The first time at once: it may have been anything.
      def pause_after(failures)
        return 0 if failures < 2

        [PAUSE_SECONDS * (2**(failures - 2)), PAUSE_SECONDS_MAX].min
      end
    end
  end
end
