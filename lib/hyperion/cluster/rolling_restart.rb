# frozen_string_literal: true

module Hyperion
  class Cluster
    # The slots whose workers are to be replaced, one after the other: the successor boots beside its predecessor,
    # takes over, and the next slot's turn comes when the predecessor has gone.
    #
    # @api private
    class RollingRestart
      def initialize
        @waiting = []
        @current = nil
      end

      # @return [Boolean] whether there is nothing left to do
      def done?
        @current.nil? && @waiting.empty?
      end

      # @param slots [Array<Slot>]
      # @return [nil]
      def add(slots)
        @waiting |= slots - [@current]
        nil
      end

      # @param slot [Slot] that is there no more
      # @return [nil]
      def forget(slot)
        @waiting.delete(slot)
        @current = nil if @current == slot
      end

      # Gives up what has not begun.
      #
      # @return [nil]
      def clear
        @waiting.clear
        @current = nil
      end

      # @param forker [Forker] that is ready
      # @return [Symbol] `:idle`, `:going`, `:done` once when the last slot is, `:failed` once when a successor is not
      #   to be had
      def step(forker)
        return :idle if done?

        if @current
          return :failed if @current.failed? && @current.coming.nil?
          return :going unless @current.settled?
        end
        @current = @waiting.shift
        return :done unless @current

        @current.start(forker) unless @current.coming
        :going
      end
    end
  end
end
