# frozen_string_literal: true

require_relative '../bind'
require_relative 'tcp_sockets'
require_relative 'unix_socket'

module Hyperion
  class Listener
    # One address that is listened on: a TCP one with a socket, or several that share its port, or a unix one.
    #
    # @api private
    class Endpoint
      # @return [Bind] where its sockets listen: an address and the port bound, or a path
      attr_reader :bind

      # @return [String, nil] the URI of the configuration that it is there for; nil: a service manager's, which minds
      #   a unix socket's file itself
      attr_reader :asked

      # @return [Array<Socket>] listening
      attr_reader :sockets

      class << self
        # @param bind [Bind]
        # @param count [Integer] sockets, of a TCP one
        # @return [Array<Endpoint>] a name may mean several
        # @raise [SystemCallError, SocketError]
        def open(bind, count)
          return [new(bind, [UnixSocket.open(bind)], asked: bind.to_s)] if bind.unix?

          TcpSockets.open(bind, count).map { |place, sockets| new(place, sockets, asked: bind.to_s) }
        end

        # Takes over sockets that listen already on one address.
        #
        # @param sockets [Array<Socket>]
        # @param asked [String, nil] (see #asked)
        # @return [Endpoint]
        def adopt(sockets, asked:)
          new(bind_of(sockets.first), sockets, asked: asked)
        end

        # @param socket [Socket]
        # @return [Bind] where it listens
        def bind_of(socket)
          address = socket.local_address
          return Bind.new(path: address.unix_path.sub("\0", '@')) if address.unix?

          Bind.tcp(address.ip_address, address.ip_port)
        end
      end

      # @param bind [Bind]
      # @param sockets [Array<Socket>]
      # @param asked [String, nil] (see #asked)
      def initialize(bind, sockets, asked:)
        @bind = bind
        @sockets = sockets
        @asked = asked
        take_possession if asked && bind.unix? && !bind.abstract?
      end

      # @param other [Bind]
      # @return [Boolean] whether it is there for this one, or listens where this one would
      def serves?(other)
        return true if @asked == other.to_s

        !other.port&.zero? && addresses_of(other).include?(@bind.to_s)
      end

      # @param count [Integer] loops wanted
      # @return [Array<Socket>] one for each loop, and every socket for one at least
      def sockets_for(count)
        Array.new([count, @sockets.size].max) { |index| @sockets[index % @sockets.size] }
      end

      # @return [Boolean] whether every socket still listens
      def usable?
        @sockets.all? { |socket| !socket.closed? && socket.getsockopt(:SOCKET, :ACCEPTCONN).bool }
      rescue SystemCallError, IOError
        false
      end

      # @return [Array<Endpoint>] the same address, listened on anew
      def reopen
        close
        self.class.open(@bind, @sockets.size)
      end

      # Stops listening, and removes the socket's file when it is this process's own.
      #
      # @return [nil]
      def close
        remove_file
        @sockets.each { |socket| close_socket(socket) }
        nil
      end

      private

      def take_possession
        @owner = Process.pid
        @identity = UnixSocket.identity(@bind)
      end

      def addresses_of(other)
        return [other.to_s] if other.unix?

        Addrinfo.getaddrinfo(other.host, nil, nil, :STREAM).map { |info| Bind.tcp(info.ip_address, other.port).to_s }
      rescue SocketError
        []
      end

      # Not one that somebody else has put in its place.
      def remove_file
        return unless @owner == Process.pid && @identity && @identity == UnixSocket.identity(@bind)

        File.unlink(@bind.path)
      rescue SystemCallError
        nil
      end

      def close_socket(socket)
        socket.close
      rescue IOError, SystemCallError
        nil
      end
    end
  end
end
