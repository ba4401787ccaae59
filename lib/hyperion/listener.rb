# frozen_string_literal: true

require 'socket'

module Hyperion
  # The listening sockets of a server: one, or with several loops one for each, on the same port.
  #
  # @example
  #   listener = Hyperion::Listener.open('127.0.0.1', 0)
  #   listener.port # => 40123
  class Listener
    # Connections that may wait to be accepted; the kernel may allow fewer.
    BACKLOG = 1024

    # @return [Array<Socket>] listening
    attr_reader :sockets

    # @return [String] as given
    attr_reader :host

    # @return [Integer] the port bound
    attr_reader :port

    class << self
      # @param host [String] an address or a name; of a name's addresses an IPv4 one is preferred
      # @param port [Integer] 0: the kernel picks
      # @param count [Integer] sockets; with several the kernel spreads connections over them
      # @return [Listener]
      # @raise [SystemCallError] such as `Errno::EADDRINUSE`
      # @raise [SocketError] for a name that does not resolve
      def open(host, port, count: 1)
        new(host, port, count)
      end

      # @param host [String]
      # @param port [Integer]
      # @return [String]
      # @example
      #   Hyperion::Listener.url('::1', 80) # => "http://[::1]:80"
      def url(host, port)
        "http://#{host.include?(':') ? "[#{host}]" : host}:#{port}"
      end
    end

    # (see .open)
    def initialize(host, port, count)
      @host = host
      @address = resolve(host, port)
      @count = count
      @sockets = []
      bind(port)
    end

    # @return [Boolean] whether connections are plain TCP, which the C loop serves
    def plain_tcp?
      true
    end

    # @return [Boolean] whether every socket still listens
    def usable?
      @sockets.none?(&:closed?) &&
        @sockets.all? { |socket| socket.getsockopt(:SOCKET, :ACCEPTCONN).bool }
    rescue SystemCallError, IOError
      false
    end

    # @return [Boolean]
    def closed?
      @sockets.empty?
    end

    # Listens anew on the same port, when a socket cannot be used any more.
    #
    # @return [self]
    # @raise [SystemCallError]
    def reopen
      close
      bind(@port)
      self
    end

    # Stops listening; harmless when it has stopped.
    #
    # @return [nil]
    def close
      @sockets.each { |socket| close_socket(socket) }
      @sockets = []
      nil
    end

    private

    def resolve(host, port)
      addresses = Addrinfo.getaddrinfo(host, port, nil, :STREAM, nil, Socket::AI_PASSIVE)
      addresses.min_by { |address| address.ipv4? ? 0 : 1 }
    end

    # The first socket finds out whether the port is in use, which one that shares its port cannot.
    def bind(port)
      probe = listening(port, shared: false)
      @port = probe.local_address.ip_port
      return @sockets = [probe] if @count == 1

      probe.close
      @count.times { @sockets << listening(@port, shared: true) }
    rescue StandardError
      close
      raise
    end

    def listening(port, shared:)
      socket = Socket.new(@address.afamily, Socket::SOCK_STREAM, 0)
      socket.setsockopt(:SOCKET, :REUSEADDR, true)
      socket.setsockopt(:SOCKET, :REUSEPORT, true) if shared
      socket.setsockopt(:IPV6, :V6ONLY, false) if @address.ipv6?
      socket.bind(Addrinfo.tcp(@address.ip_address, port))
      socket.listen(BACKLOG)
      socket
    rescue StandardError
      socket&.close
      raise
    end

    def close_socket(socket)
      socket.close
    rescue IOError, SystemCallError
      nil
    end
  end
end
