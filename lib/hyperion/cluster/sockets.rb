# frozen_string_literal: true

require 'socket'

module Hyperion
  class Cluster
    # The listening sockets of a cluster, which the master keeps open as long as it lives. With `cluster_mode: :share`
    # all slots have the same; with `:reuseport` each has its own on the same TCP ports, among which the kernel
    # spreads connections. A worker's successor has its predecessor's, and so whatever waits in them.
    #
    # @api private
    class Sockets
      # @return [Hash{Integer => Array<Socket>}] of all slots that have sockets of their own
      attr_reader :slots

      # @param listener [Listener]
      # @param mode [Symbol] `:share` or `:reuseport`
      # @param more [Hash{Integer => Array<Socket>}] of further slots, where they are open already
      def initialize(listener, mode, more = {})
        @mode = mode
        @backlogs = listener.endpoints.flat_map { |one| one.sockets.map { |socket| [socket, one.bind.backlog] } }.to_h
        @slots = more.merge(0 => listener.sockets.uniq)
        @released = []
      end

      # @return [Boolean] whether several workers accept from one socket
      def shared?
        @mode == :share
      end

      # @param index [Integer] of a slot
      # @return [Array<Socket>]
      # @raise [SystemCallError]
      def of(index)
        return @slots.fetch(0) if shared?

        @slots[index] ||= @slots.fetch(0).map { |socket| sibling(socket) }
      end

      # @return [Array<Socket>]
      def all
        @slots.values.flatten.uniq
      end

      # No connection begins from now on. Those that have begun are there to be accepted.
      #
      # @param sockets [Array<Socket>]
      # @return [nil]
      def turn_away(sockets = all)
        sockets.each { |socket| System.turn_away(socket.fileno) if tcp?(socket) }
        nil
      end

      # Whoever comes from now on is refused, whatever workers still have the sockets.
      #
      # @return [nil]
      def end
        all.each { |socket| socket.shutdown unless socket.closed? }
        nil
      rescue SystemCallError
        nil # some other process has done so
      end

      # Takes the sockets of a slot's own out of this object's care. No connection begins in them any more; once those
      # that are there have been taken in they are to be closed, or the kernel would go on giving them connections.
      #
      # @param index [Integer]
      # @return [Array<Socket>]
      def release(index)
        return [] if index.zero?

        own = (@slots.delete(index) || []) - @slots.fetch(0)
        turn_away(own)
        @released = @released.reject(&:closed?) + own
        own
      end

      # In a forked child: lets go of what is other workers', or it would be open for as long as the child lives, and be
      # given connections that nobody accepts.
      #
      # @param kept [Array<Socket>] the child's own
      # @return [nil]
      def abandon(kept)
        (all + @released - kept).each(&:close)
        nil
      end

      # Lets go of the sockets of further slots; the listener is its owner's to close.
      #
      # @return [nil]
      def close
        (all - @slots.fetch(0)).each(&:close)
        nil
      end

      private

      def tcp?(socket)
        socket.local_address.ip?
      end

      # A unix socket has no siblings.
      def sibling(socket)
        return socket unless tcp?(socket)

        address = socket.local_address
        socket.setsockopt(:SOCKET, :REUSEPORT, true)
        Socket.new(address.afamily, Socket::SOCK_STREAM, 0).tap do |other|
          %i[REUSEADDR REUSEPORT].each { |option| other.setsockopt(:SOCKET, option, true) }
          other.setsockopt(:IPV6, :V6ONLY, socket.getsockopt(:IPV6, :V6ONLY).bool) if address.ipv6?
          other.bind(address)
          other.listen(@backlogs.fetch(socket))
        end
      end
    end
  end
end
