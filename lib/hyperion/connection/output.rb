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

      # Sends all there is, though the exchange shows it in parts. What a write has left is shown again: a slice of it
      # would keep the whole part in memory until the garbage collector comes.
      #
      # @return [void]
      def send_all
        until (bytes = @exchange.output).empty?
          goes_on = write(bytes)
          bytes.clear # sooner than the garbage collector would
          return unless goes_on
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

      # Some of it; false when the client has taken nothing for too long.
      def write(bytes)
        written = @socket.write_nonblock(bytes, exception: false)
        return wait_writable if written == :wait_writable

        @exchange.sent(written)
        true
      end

      def wait_writable
        deadline = @exchange.deadline
        return true if @socket.wait_writable(deadline && [deadline - Deadline.now, 0].max)

        @exchange.timeout
        false
      end
    end
  end
end
