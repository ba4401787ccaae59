# frozen_string_literal: true

module Hyperion
  class Cluster
    # A worker's part in what {Deputies} are for: serves what comes to the sockets of other slots for a while. When it
    # is relieved, those connections are told to leave, for who serves there from then on.
    #
    # @api private
    class Deputy
      # @param server [Server] the worker's
      # @param configuration [Configuration]
      def initialize(server, configuration)
        @server = server
        @configuration = configuration
        @loops = {}
      end

      # @param index [Integer] of a slot
      # @param sockets [Array<Socket>] listening; this process's own descriptors
      # @return [nil]
      def deputise(index, sockets)
        sockets.each { |socket| socket.autoclose = false }
        listener = Listener.from_fds(sockets.map(&:fileno), count: @configuration.loops)
        @loops[index] = @server.serve_too(listener)
        nil
      end

      # @param index [Integer] of a slot
      # @return [nil]
      def relieve(index)
        @loops.delete(index)&.stop(@configuration.shutdown_timeout, Worker::PATIENCE_SECONDS)
        nil
      end
    end
  end
end
