# frozen_string_literal: true

module Hyperion
  class Connection
    # What a client sends, received on its socket and given to the exchange of the connection.
    #
    # @api private
    class Input
      # One receive.
      BYTES = 16_384

      # What a connection need not have.
      #
      # @!attribute [w] stopping
      #   @return [StopSignal, nil]
      attr_writer :stopping

      # @return [Float, nil] when the first bytes came that nothing has been answered to
      attr_reader :since

      # @param socket [BasicSocket]
      # @param exchange [Http::Exchange]
      # @param partial [String, nil] bytes read already
      # @param runtime [Runtime] whose hooks are told of static hits
      # @param reporter [ErrorReporter]
      def initialize(socket, exchange, partial, runtime:, reporter:)
        @socket = socket
        @exchange = exchange
        @partial = partial
        @runtime = runtime
        @reporter = reporter
        @tell_hit = Server::ConnectionLoop.build_lifecycle_callback(runtime)
        @collecting = false
      end

      # Takes in the bytes that were read already, once.
      #
      # @return [void]
      def take_partial
        bytes = @partial
        @partial = nil
        feed(bytes) unless bytes.nil? || bytes.empty?
      end

      # @param buffer [String] for the bytes
      # @return [Boolean] whether there were any, or the client has ended; else they are to be waited for
      def receive(buffer)
        case bytes = @socket.read_nonblock(BYTES, buffer, exception: false)
        when :wait_readable then return false
        when nil then @exchange.eof
        else feed(bytes)
        end
        true
      rescue SystemCallError
        @exchange.error
        true
      end

      # What has come is being answered.
      #
      # @return [void]
      def answering
        @since = nil
      end

      # Tells the hooks of static hits, whose bytes are out.
      #
      # @return [void]
      def tell_hits
        return unless @collecting

        @exchange.hits.each { |method, path| @tell_hit.call(method, path) }
      end

      private

      def feed(bytes)
        @since ||= Deadline.now
        @collecting = @runtime.has_request_hooks?
        @exchange.collect_hits = @collecting
        @stopping&.set? ? feed_last(bytes) : @exchange.receive(bytes)
        @exchange.take_trouble&.then { |error| @reporter.trouble('cannot keep a request body', error) }
      end

      # A drain closes what is idle, and makes any other answer the last; so it comes when the first byte is in.
      def feed_last(bytes)
        @exchange.receive(bytes.byteslice(0, 1))
        @exchange.drain
        @exchange.receive(bytes.byteslice(1, bytes.bytesize - 1)) if @exchange.want == :recv
      end
    end
  end
end
