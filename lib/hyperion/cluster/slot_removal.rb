# frozen_string_literal: true

module Hyperion
  class Cluster
    # A slot on its way out, when there are to be fewer workers: its own sockets take in no new connections, the
    # worker has those that were there, and when it has ended the sockets are closed.
    #
    # @api private
    class SlotRemoval
      # @return [Slot]
      attr_reader :slot

      # @param slot [Slot]
      # @param sockets [Array<Socket>] that no other slot has
      # @param seconds [Numeric] for the worker's drain
      def initialize(slot, sockets, seconds)
        @slot = slot
        @sockets = sockets
        @seconds = seconds
        @handshakes = Deadline.new(sockets.empty? ? 0 : Shutdown::HANDSHAKE_SECONDS)
      end

      # Goes on with it.
      #
      # @return [Boolean] whether it is over
      def over?
        @slot.give_up(@seconds) if @handshakes.left.zero?
        return false unless @slot.handles.empty?

        @sockets.each(&:close)
        true
      end
    end
  end
end
