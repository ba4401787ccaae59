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

      # @param listener [Listener]
      # @param pool [ConnectionPool] that serves; the loop's own from now on
      # @param logger [#warn]
      # @param max_connections [Integer, nil]
      def initialize(listener:, pool:, logger:, max_connections: nil)
        @listener = listener
        @sockets = listener.sockets.uniq
        @pool = pool
        @reporter = ErrorReporter.new(logger)
        @max_connections = max_connections || MAX_CONNECTIONS
        @stopping = StopSignal.new
        @accepted = @accept_errors = @displaced = 0
        @failing = false
        @deadline = Deadline.new
      end

      # @return [Deadline] of the drain
      attr_reader :deadline

      # @return [String] what serves
      def name
        'ruby'
      end

      # @return [Hash{Symbol => Object}] connections accepted, failed accepts, connections open now, those of them that
      #   wait for a thread, and idle ones that were closed to make room; threads
      def stats
        { accepted: @accepted, accept_errors: @accept_errors, open: @pool.open, waiting: @pool.waiting,
          idle_displaced: @displaced, threads: @pool.thread_counts }
      end

      # @return [Array] none: the server's {InFlight} knows them
      def running
        []
      end

      # Blocks until the loop has ended.
      #
      # @return [:stopped]
      def run
        @sockets.each { |listener| System.prepare_listener(listener.fileno) }
        accept until @stopping.set?
        accept_the_rest
        :stopped
      ensure
        stop(ABRUPT_SECONDS) unless @stopping.set?
        @sockets.each(&:close) unless @listener.kept?
        @pool.shutdown(@deadline)
        @stopping.close
      end

      # (see CLoop#stop)
      def stop(seconds, patience = 0)
        @deadline.shorten(seconds)
        @pool.drain(patience)
        @stopping.set
      end

      # (see CLoop#include?)
      def include?(thread)
        @pool.include?(thread)
      end

      private

      # Where nobody can give way, whether somebody has left is looked at now and then.
      def accept
        stuck = full? && !@pool.idle?
        readable, = IO.select(stuck ? [@stopping] : [@stopping, *@sockets], nil, nil, stuck ? FULL_SECONDS : nil)
        (Array(readable) - [@stopping]).each { |listener| accept_from(listener) if room? }
      end

      def full?
        @pool.open >= @max_connections
      end

      # At the limit a new client is worth more than one that has been idle for longest.
      def room?
        return true unless full?
        return false unless @pool.displace_idle(FULL_SECONDS)

        @displaced += 1
        true
      end

      # What the kernel has accepted already counts as in flight.
      def accept_the_rest
        @sockets.each { |listener| Bind::BACKLOG.times { break unless accept_from(listener) } }
      end

      # True when there was a connection.
      def accept_from(listener)
        socket, = listener.accept_nonblock(exception: false)
        return false if socket == :wait_readable

        @failing = false
        @accepted += 1
        @pool.submit(socket)
        true
      rescue Errno::ECONNABORTED, Errno::EPROTO, Errno::EINVAL
        socket&.close # gone before it was ours
        false
      rescue Errno::EMFILE, Errno::ENFILE, Errno::ENOBUFS, Errno::ENOMEM => e
        pause(e)
        false
      end

      # Told once, however long it lasts.
      def pause(error)
        @accept_errors += 1
        @reporter.trouble('cannot accept', error) unless @failing
        @failing = true
        IO.select([@stopping], nil, nil, FULL_SECONDS)
      end
    end
  end
end
