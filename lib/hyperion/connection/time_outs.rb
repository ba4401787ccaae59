# frozen_string_literal: true

module Hyperion
  class Connection
    # When one connection goes on though its client has not, and what becomes of it then: by the exchange's time-outs,
    # by one for a whole request, and by the server's stop.
    #
    # @api private
    class TimeOuts
      # What a connection need not have.
      #
      # @!attribute [w] request_seconds
      #   @return [Numeric, nil] for a whole request to arrive
      # @!attribute [w] stopping
      #   @return [StopSignal, nil]
      attr_writer :request_seconds, :stopping

      # @param exchange [Http::Exchange]
      # @param input [Input]
      def initialize(exchange, input)
        @exchange = exchange
        @input = input
        @knows_stop = false
      end

      # What the connection is doing from now on knows of a stop, if there has been one.
      #
      # @return [void]
      def look
        @knows_stop = @stopping&.set?
      end

      # @return [Float, nil] when it is to go on though nothing has come; nil: never
      def deadline
        [@exchange.deadline, reading_deadline, stop_deadline].compact.min
      end

      # Tells the exchange what has come to its end.
      #
      # @return [Boolean] whether something has
      def over?
        stopped? || expired?
      end

      # The same, for a connection that is sending: a stop lets it.
      #
      # @return [Boolean]
      def expired?
        if reading_deadline&.<=(now)
          @exchange.expire
        elsif @exchange.deadline&.<=(now)
          @exchange.timeout
        else
          return false
        end
        true
      end

      private

      # When the server winds up, what is idle closes; what is not is answered first.
      def stopped?
        return false unless @stopping&.set? && @stopping.patience.zero?

        @exchange.drain
        @exchange.want != :recv
      end

      # At once, where the stop came while the connection did something else; later, while idle ones are given time.
      def stop_deadline
        return unless @stopping&.set?
        return now unless @knows_stop

        patience = @stopping.patience
        now + patience if patience.positive?
      end

      def reading_deadline
        @input.since + @request_seconds if @input.since && @request_seconds
      end

      def now = Deadline.now
    end
  end
end
