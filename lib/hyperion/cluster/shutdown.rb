# frozen_string_literal: true

module Hyperion
  class Cluster
    # The end of a cluster, in steps of its master's loop: no new connection begins, workers take in those that have,
    # the sockets are shut down, workers end with their last answer, or at the deadline. So a client is served or
    # refused, and not reset.
    #
    # @api private
    class Shutdown
      # Handshakes that have begun are over by then.
      HANDSHAKE_SECONDS = 0.05

      # How long workers may take to say that they have taken in what was there.
      TAKE_IN_SECONDS = 1.0

      # How often it is looked whether all is over.
      ROUND_SECONDS = 0.05

      # @param fleet [Fleet]
      # @param sockets [Sockets]
      # @param seconds [Numeric] for the workers' drain
      # @param open [Boolean] whether somebody else goes on with the sockets, as a service manager does
      def initialize(fleet, sockets, seconds:, open: false)
        @fleet = fleet
        @sockets = sockets
        @seconds = seconds
        @open = open
        @sockets.turn_away unless open
        @handshakes = Deadline.new(open ? 0 : HANDSHAKE_SECONDS)
        @draining = []
        @told = @shut = false
      end

      # @param handle [WorkerHandle] that has taken in what was there
      # @return [nil]
      def draining(handle)
        @draining << handle
        nil
      end

      # @return [nil]
      def step
        tell if !@told && @handshakes.left.zero?
        shut if @told && !@shut && ((@fleet.handles - @draining).empty? || @take_in.left.zero?)
        nil
      end

      # @return [Float] seconds until there may be something to do
      def patience
        ROUND_SECONDS
      end

      # @return [Boolean]
      def over?
        @shut && @fleet.handles.empty?
      end

      private

      def tell
        @told = true
        @take_in = Deadline.new(TAKE_IN_SECONDS)
        @fleet.stop(@seconds)
      end

      def shut
        @shut = true
        @sockets.end unless @open
      end
    end
  end
end
