# frozen_string_literal: true

require_relative 'crowd'

module Bench
  # Clients that ask the application for 8 MiB and read nothing at all.
  class NeverReaders < Crowd
    RECEIVE_BUFFER_BYTES = 4096

    def initialize(port, size:, path:)
      super(port, size: size)
      @path = path
    end

    def to_s
      "#{@size} never reading 8 MiB"
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

    def continue(_socket); end
  end
end
