# frozen_string_literal: true

require 'socket'

module Hyperion
  module Http
    # What becomes of a connection that an application takes: a socket that begins with the bytes read already.
    #
    # @api private
    module Hijack
      module_function

      # @param descriptor [Integer] of a connection; the socket's from now on
      # @return [TCPSocket, UNIXSocket]
      def socket(descriptor)
        socket = Socket.for_fd(descriptor)
        kind = socket.local_address.unix? ? UNIXSocket : TCPSocket
        socket.autoclose = false
        kind.for_fd(descriptor)
      end

      # Puts back bytes that were read already.
      #
      # @param io [IO]
      # @param bytes [String]
      # @return [IO] the same
      def unread(io, bytes)
        io.ungetbyte(bytes) unless bytes.empty?
        io
      end
    end
  end
end
