# frozen_string_literal: true

require 'socket'

require_relative 'bind'
require_relative 'listener/endpoint'

module Hyperion
  # What a server listens on: any number of TCP and unix addresses, each with a socket, or with several loops one for
  # each of them on the same port.
  #
  # @example
  #   listener = Hyperion::Listener.open(['tcp://127.0.0.1:0', 'unix:///run/app.sock'])
  #   listener.port # => 40123
  class Listener
    # Sockets of one server at most, one loop for each.
    LOOPS_MAX = 64

    class << self
      # @param binds [Array<String>] URIs; `localhost` means a loopback address of each family
      # @param count [Integer] loops for each address
      # @param inherited [Listener, nil] what listens already: an address that it has is not opened a second time, and
      #   one that it has for a URI which is not among these is closed
      # @return [Listener]
      # @raise [ArgumentError] for a URI that {Bind} does not take, or more than {LOOPS_MAX} loops
      # @raise [SystemCallError] such as `Errno::EADDRINUSE`
      # @raise [SocketError] for a name that does not resolve
      def open(binds, count: 1, inherited: nil)
        binds = binds.map { |uri| Bind.parse(uri) }
        there = inherited ? wanted(inherited.endpoints, binds) : []
        opened = []
        binds.each do |bind|
          opened.concat(Endpoint.open(bind, count)) if there.none? { |endpoint| endpoint.serves?(bind) }
        end
        new(there + opened, count)
      rescue StandardError
        opened&.each(&:close)
        raise
      end

      # Takes over sockets that listen already, as a service manager or the process before a restart hands them over.
      #
      # @param descriptors [Array<Integer>] listening; this object's from now on, and not inherited further
      # @param count [Integer] loops for each address
      # @param asked [String, nil] the URI that they were opened for; nil: they are a service manager's
      # @return [Listener]
      # @raise [Error] for a descriptor that is no listening socket
      def from_fds(descriptors, count: 1, asked: nil)
        sockets = descriptors.map { |descriptor| listening_socket(descriptor) }
        groups = sockets.group_by { |socket| Endpoint.bind_of(socket).to_s }
        new(groups.values.map { |group| Endpoint.adopt(group, asked: asked) }, count)
      end

      private

      def wanted(endpoints, binds)
        kept, gone = endpoints.partition do |endpoint|
          endpoint.asked.nil? || binds.any? { |bind| endpoint.serves?(bind) }
        end
        gone.each(&:close)
        kept
      end

      def listening_socket(descriptor)
        socket = Socket.for_fd(descriptor)
        raise Error, "descriptor #{descriptor} does not listen" unless socket.getsockopt(:SOCKET, :ACCEPTCONN).bool

        socket.close_on_exec = true
        socket
      rescue SystemCallError => e
        raise Error, "descriptor #{descriptor} is no listening socket: #{e.message}"
      end
    end

    # @return [Array<Endpoint>] one for each address
    attr_reader :endpoints

    # @param endpoints [Array<Endpoint>] listening
    # @param count [Integer] loops for each
    # @raise [ArgumentError] for more than {LOOPS_MAX} loops
    def initialize(endpoints, count)
      @endpoints = endpoints
      @count = count
      @kept = @shared = false
      return if sockets.size <= LOOPS_MAX

      raise ArgumentError, "loops times addresses must be #{LOOPS_MAX} at most, not #{sockets.size}"
    end

    # @return [Array<Socket>] one for each loop; several loops may have the same
    def sockets
      @endpoints.flat_map { |endpoint| endpoint.sockets_for(@count) }
    end

    # @return [Bind, nil] the first TCP address
    def tcp
      @endpoints.map(&:bind).find { |bind| !bind.unix? }
    end

    # @return [Integer, nil] the first TCP address's port
    def port
      tcp&.port
    end

    # @return [Array<String>] where it listens, as clients say it
    def urls
      @endpoints.map { |endpoint| endpoint.bind.url }
    end

    # @return [Boolean] whether some of it is a service manager's
    def managed?
      @endpoints.any? { |endpoint| endpoint.asked.nil? }
    end

    # @param other [Listener]
    # @return [Listener] of the endpoints of both
    def +(other)
      self.class.new(@endpoints + other.endpoints, @count)
    end

    # @return [Boolean] whether connections are plain byte streams, which the C loop serves: TCP or unix ones without
    #   encryption
    def plain_tcp?
      true
    end

    # @return [Boolean] whether every socket still listens
    def usable?
      !closed? && @endpoints.all?(&:usable?)
    end

    # @return [Boolean]
    def closed?
      @endpoints.empty?
    end

    # Others go on accepting from these sockets: a server that ends leaves them listening, and open.
    #
    # @return [self]
    def keep
      @kept = true
      self
    end

    # @return [Boolean] whether {#keep} was called
    def kept?
      @kept
    end

    # Others accept from these sockets at the same time: loops take turns.
    #
    # @return [self]
    def share
      @shared = true
      self
    end

    # @return [Boolean] whether {#share} was called, or several of its own loops have the same socket
    def shared?
      @shared || sockets.uniq.size < sockets.size
    end

    # Listens anew on the same addresses, when a socket cannot be used any more.
    #
    # @return [self]
    # @raise [SystemCallError]
    def reopen
      @endpoints = @endpoints.flat_map(&:reopen)
      self
    end

    # Stops listening; harmless when it has stopped.
    #
    # @return [nil]
    def close
      @endpoints.each(&:close)
      @endpoints = []
      nil
    end
  end
end
