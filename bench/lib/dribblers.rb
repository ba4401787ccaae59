# frozen_string_literal: true

require_relative 'crowd'

module Bench
  # Clients that send a request head byte by byte and never come to its end.
  class Dribblers < Crowd
    def to_s
      "#{@size} dribbling a head"
    end

    private

    def period
      0.1
    end

    def begin_with(socket)
      socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    end

    def continue(socket)
      socket.write('a')
    end
  end
end
