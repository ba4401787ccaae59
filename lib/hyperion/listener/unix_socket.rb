# frozen_string_literal: true

require 'socket'

module Hyperion
  class Listener
    # Opens listening unix sockets, and minds their files.
    #
    # @api private
    module UnixSocket
      module_function

      # Replaces the file of a socket on which nobody listens any more.
      #
      # @param bind [Bind]
      # @return [Socket]
      # @raise [SystemCallError] `Errno::EADDRINUSE` when somebody answers, or the file is no socket
      # @raise [ArgumentError] for a path that is too long
      def open(bind)
        address = address_of(bind)
        File.unlink(bind.path) if stale?(bind, address)
        listening(bind, address)
      end

      # @param bind [Bind]
      # @return [Array(Integer, Integer), nil] which file the socket's is; nil: there is none
      def identity(bind)
        stat = File.stat(bind.path)
        [stat.dev, stat.ino]
      rescue SystemCallError
        nil
      end

      # @!visibility private
      def address_of(bind)
        Addrinfo.unix(bind.abstract? ? bind.path.sub('@', "\0") : bind.path)
      end

      # Only a refusal tells that nobody is there: a queue that is full does not.
      # @!visibility private
      def stale?(bind, address)
        return false if bind.abstract? || !File.socket?(bind.path)

        socket = Socket.new(:UNIX, :STREAM)
        socket.connect_nonblock(address, exception: false)
        false
      rescue Errno::ECONNREFUSED
        true
      rescue SystemCallError
        false
      ensure
        socket&.close
      end

      # @!visibility private
      def listening(bind, address)
        socket = Socket.new(:UNIX, :STREAM)
        with_umask(bind.umask) { socket.bind(address) }
        File.chmod(bind.mode, bind.path) if bind.mode && !bind.abstract?
        socket.listen(bind.backlog)
        socket
      rescue StandardError
        socket&.close
        raise
      end

      # @!visibility private
      def with_umask(mask)
        before = File.umask(mask) if mask
        yield
      ensure
        File.umask(before) if before
      end

      private_class_method :address_of, :stale?, :listening, :with_umask
    end
  end
end
