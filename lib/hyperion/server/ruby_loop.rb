# frozen_string_literal: true

module Hyperion
  class Server
    # The plain accept loop: accepts in the starting thread, and gives each connection to a thread of a
    # {ConnectionPool}. For when the C loop is switched off, has crashed, or cannot serve a route.
    #
    # @api private
    class RubyLoop
      # Connections open at once, unless configured.
      MAX_CONNECTIONS = 16_384

      # How long to wait, when no more connections can be opened, before the next try.
      FULL_SECONDS = 0.05

      # (see CLoop::ABRUPT_SECONDS)
      ABRUPT_SECONDS = 1.0

      # @param sockets [Array<Socket>] listening
      # @param pool [ConnectionPool] that serves; the loop's own from now on
      # @param logger [#warn]
      # @param max_connections [Integer, nil]
      def initialize(sockets:, pool:, logger:, max_connections: nil)
        @sockets = sockets
        @pool = pool
        @logger = logger
        @max_connections = max_connections || MAX_CONNECTIONS
        @stopping = StopSignal.new
        @accepted = 0
        @deadline = Deadline.new
      end

      # @return [String] what serves
      def name
        'ruby'
      end

      # @return [Hash{Symbol => Integer}] connections accepted, and open now
      def stats
        { accepted: @accepted, open: @pool.open }
      end

      # Blocks until the loop has ended.
      #
      # @return [:stopped]
      def run
        accept until @stopping.set?
        accept_the_rest
        :stopped
      ensure
        stop(ABRUPT_SECONDS) unless @stopping.set?
        @sockets.each(&:close)
        @pool.shutdown(time_left)
        @stopping.close
      end

      # (see CLoop#stop)
      def stop(seconds)
        @deadline.shorten(seconds)
        @stopping.set
        @pool.drain
      end

      # (see CLoop#time_left)
      def time_left
        @deadline.left
      end

      # (see CLoop#include?)
      def include?(thread)
        @pool.include?(thread)
      end

      private

      def accept
        full = @pool.open >= @max_connections
        readable, = IO.select(full ? [@stopping] : [@stopping, *@sockets], nil, nil, full ? FULL_SECONDS : nil)
        (Array(readable) - [@stopping]).each { |listener| accept_from(listener) }
      end

      # What the kernel has accepted already counts as in flight.
      def accept_the_rest
        @sockets.each { |listener| Listener::BACKLOG.times { break unless accept_from(listener) } }
      end

      # True when there was a connection.
      def accept_from(listener)
        socket, = listener.accept_nonblock(exception: false)
        return false if socket == :wait_readable

        @accepted += 1
        socket.setsockopt(:TCP, :NODELAY, true)
        @pool.submit(socket)
        true
      rescue Errno::ECONNABORTED, Errno::EPROTO, Errno::EINVAL
        socket&.close # gone before it was ours
        false
      rescue Errno::EMFILE, Errno::ENFILE, Errno::ENOBUFS, Errno::ENOMEM => e
        @logger.warn { { message: 'cannot accept', error: e.message, error_class: e.class.name } }
        IO.select([@stopping], nil, nil, FULL_SECONDS)
        false
      end
    end
  end
end
