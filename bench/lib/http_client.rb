# frozen_string_literal: true

require 'io/wait'
require 'socket'
require_relative 'failure'

module Bench
  # One connection that sends one request, a GET of a path unless told, again and again, and takes answers of
  # status 200, by length or in chunks.
  class HttpClient
    READ_BYTES = 65_536

    def initialize(port, path, request: nil, timeout: 5)
      @timeout = timeout
      @socket = Socket.tcp('127.0.0.1', port, connect_timeout: timeout)
      @socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, true)
      @request = request || "GET #{path} HTTP/1.1\r\nHost: 127.0.0.1:#{port}\r\n\r\n"
      @received = ''.b
      @over = false
    rescue SystemCallError => e
      raise Failure, e.message
    end

    # The body of one answer.
    def get
      @socket.write(@request)
      head = take_line("\r\n\r\n")
      raise Failure, head.lines.first unless head.match?(%r{\AHTTP/1\.1 200 })

      @over = head.match?(/^connection:\s*close/i)
      length = head[/^content-length:\s*(\d+)/i, 1]
      length ? take(length.to_i) : take_chunks
    end

    # Whether the server has said that the last answer ends the connection.
    def over?
      @over
    end

    def close
      @socket.close
    end

    private

    def take_chunks
      body = ''.b
      until (size = take_line("\r\n").to_i(16)).zero?
        body << take(size)
        take_line("\r\n")
      end
      take_line("\r\n")
      body
    end

    def take_line(ending)
      receive until (at = @received.index(ending))
      take(at + ending.bytesize)
    end

    def take(size)
      receive while @received.bytesize < size
      @received.slice!(0, size)
    end

    def receive
      raise Failure, "no answer in #{@timeout} s" unless @socket.wait_readable(@timeout)

      @received << @socket.readpartial(READ_BYTES)
    rescue EOFError, SystemCallError => e
      raise Failure, e.message
    end
  end
end
