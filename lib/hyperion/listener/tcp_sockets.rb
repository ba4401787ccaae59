# frozen_string_literal: true

require 'socket'

module Hyperion
  class Listener
    # Opens listening TCP sockets.
    #
    # @api private
    module TcpSockets
      # A name that means this machine's loopback addresses, of every family there is.
      LOCALHOST = 'localhost'

      # How often a port is picked anew, when another family has it in use already.
      PICKS = 10

      # What a machine without an address family answers.
      NO_FAMILY = [Errno::EADDRNOTAVAIL, Errno::EAFNOSUPPORT].freeze
      private_constant :PICKS, :NO_FAMILY

      module_function

      # @param bind [Bind]
      # @param count [Integer] sockets for each address; with several the kernel spreads connections over them
      # @return [Array<Array(Bind, Array<Socket>)>] for each address: where its sockets listen, and they
      # @raise [SystemCallError] such as `Errno::EADDRINUSE`
      # @raise [SocketError] for a name that does not resolve
      def open(bind, count)
        attempts = bind.port.zero? ? PICKS : 1
        begin
          open_all(bind, resolve(bind), count)
        rescue Errno::EADDRINUSE
          attempts -= 1
          attempts.positive? ? retry : raise
        end
      end

      # @!visibility private
      def resolve(bind)
        return loopbacks if bind.host == LOCALHOST

        addresses = Addrinfo.getaddrinfo(bind.host, bind.port, nil, :STREAM, nil, Socket::AI_PASSIVE)
        [addresses.min_by { |address| address.ipv4? ? 0 : 1 }]
      end

      # What this machine has, whatever its table of hosts says.
      # @!visibility private
      def loopbacks
        addresses = Socket.ip_address_list.select { |address| address.ipv4_loopback? || address.ipv6_loopback? }
        addresses = [Addrinfo.tcp('127.0.0.1', 0)] if addresses.empty?
        addresses.sort_by { |address| address.ipv4? ? 0 : 1 }.uniq(&:afamily)
      end

      # The first address finds the port, the others follow. An address of a family that this machine lacks is left out.
      # @!visibility private
      def open_all(bind, addresses, count)
        opened = []
        port = bind.port
        addresses.each do |address|
          place = open_at(bind, address, port, count)
          port = place.first.port
          opened << place
        rescue *NO_FAMILY
          raise if addresses.one?
        end
        opened.any? ? opened : raise(Errno::EADDRNOTAVAIL, bind.to_s)
      rescue StandardError
        opened&.each { |_place, sockets| sockets.each(&:close) }
        raise
      end

      # The first socket finds out whether the port is in use, which one that shares its port cannot.
      # @!visibility private
      def open_at(bind, address, port, count)
        sockets = [listening(address, port, bind.backlog, shared: false)]
        port = sockets.first.local_address.ip_port
        if count > 1
          sockets.pop.close
          count.times { sockets << listening(address, port, bind.backlog, shared: true) }
        end
        [bind.at(address.ip_address, port), sockets]
      rescue StandardError
        sockets&.each(&:close)
        raise
      end

      # @!visibility private
      def listening(address, port, backlog, shared:)
        socket = Socket.new(address.afamily, Socket::SOCK_STREAM, 0)
        socket.setsockopt(:SOCKET, :REUSEADDR, true)
        socket.setsockopt(:SOCKET, :REUSEPORT, true) if shared
        socket.setsockopt(:IPV6, :V6ONLY, false) if address.ipv6?
        socket.bind(Addrinfo.tcp(address.ip_address, port))
        socket.listen(backlog)
        socket
      rescue StandardError
        socket&.close
        raise
      end

      private_class_method :resolve, :loopbacks, :open_all, :open_at, :listening
    end
  end
end
