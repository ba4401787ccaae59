# frozen_string_literal: true

require_relative 'crowd'

module Bench
  # Clients that ask for a large answer and read it at 1 KiB a second through a small window.
  class SlowReaders < Crowd
    READ_BYTES = 1024
    RECEIVE_BUFFER_BYTES = 4096

    def initialize(port, size:, path:)
      super(port, size: size)
      @path = path
    end

    def to_s
      "#{@size} reading 1 MiB at 1 KiB/s"
    end

    private

    def period
      1.0
    end

    def configure(socket)
      socket.setsockopt(:SOCKET, :RCVBUF, RECEIVE_BUFFER_BYTES)
    end

    def begin_with(socket)
      socket.write("GET #{@path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    end

    def continue(socket)
      socket.read_nonblock(READ_BYTES, exception: false) or raise EOFError
    end
  end
end
