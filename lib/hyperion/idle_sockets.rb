# frozen_string_literal: true

module Hyperion
  # Sockets whose connections wait for their next request, in the order in which they began to wait. Any thread.
  #
  # @api private
  class IdleSockets
    def initialize
      @lock = Mutex.new
      @sockets = {}.compare_by_identity
    end

    # @param socket [BasicSocket] idle from now on
    # @return [void]
    def add(socket)
      @lock.synchronize { @sockets[socket] = true }
    end

    # @param socket [BasicSocket] idle no more
    # @return [void]
    def delete(socket)
      @lock.synchronize { @sockets.delete(socket) }
    end

    # @return [Boolean]
    def empty?
      @sockets.empty?
    end

    # Ends the one that has waited for longest. What its client has sent already is still read and answered, but nothing
    # behind it: only the receiving side is shut.
    #
    # @return [Boolean] whether there was one
    def displace
      @lock.synchronize do
        socket, = @sockets.shift
        socket&.shutdown(:RD)
        !socket.nil?
      end
    rescue IOError, SystemCallError
      true # it has ended by itself
    end
  end
end
