# frozen_string_literal: true

module Hyperion
  class Connection
    # What the exchange of a connection has to send, sent on its socket.
    #
    # @api private
    class Output
      # @param socket [BasicSocket]
      # @param exchange [Http::Exchange]
      def initialize(socket, exchange)
        @socket = socket
        @exchange = exchange
      end

      # Sends what the client takes at once, though the exchange shows it in parts. What a write has left is shown
      # again: a slice of it would keep the whole part in memory until the garbage collector comes.
      #
      # @return [Boolean] whether that was all
      def send_some
        until (bytes = @exchange.output).empty?
          written = @socket.write_nonblock(bytes, exception: false)
          bytes.clear # sooner than the garbage collector would
          return false if written == :wait_writable

          @exchange.sent(written)
        end
        true
      end

      # Sends all there is, and waits for the client as long as it keeps its pace.
      #
      # @return [void]
      def send_all
        until send_some
          wait_writable
          return if @exchange.want == :close
        end
      end

      # Ends the sending side: the client is to take the last answer before the connection goes.
      #
      # @return [void]
      def linger
        @socket.close_write
        @exchange.shutdown
      rescue IOError, SystemCallError
        @exchange.error
      end

      private

      def wait_writable
        deadline = @exchange.deadline
        @exchange.timeout unless @socket.wait_writable(deadline && [deadline - Deadline.now, 0].max)
      end
    end
  end
end
