# frozen_string_literal: true

require 'json'
require 'socket'

module Restarts
  # A client that forgives nothing: a request for which there is no answer is a failure, be it refused, reset, or
  # ended without one. Of a connection that has been idle it only looks whether it has ended already, as any client
  # does.
  class Client
    SECONDS = 20 # for an answer

    attr_reader :answers, :failures

    # @param port [Integer]
    # @param keep_alive [Boolean] whether a connection is used again
    # @param pause [Numeric] seconds between two requests, at most
    def initialize(port, keep_alive:, pause: 0)
      @port = port
      @keep_alive = keep_alive
      @pause = pause
      @answers = 0
      @failures = []
    end

    # @yieldreturn [Boolean] whether to go on
    def run
      ask while yield
      @socket&.close
    end

    private

    def ask
      @doing = :connect
      socket = connect
      @doing = :write
      socket.write("GET /#{@answers} HTTP/1.1\r\nHost: localhost\r\n\r\n")
      @doing = :read
      read(socket)
      @answers += 1
      sleep(rand * @pause) if @pause.positive?
    rescue SystemCallError, IOError => e
      @failures << "#{keep_alive_name} at #{@doing}: #{e.class} after #{@since_used} requests of the connection"
      drop
    end

    def keep_alive_name
      @keep_alive ? 'keep-alive' : 'one request'
    end

    def connect
      drop if @socket&.wait_readable(0)
      return @socket if @socket

      @since_used = 0
      @socket = Socket.tcp('127.0.0.1', @port, connect_timeout: SECONDS)
    end

    def drop
      @socket&.close
      @socket = nil
    end

    def read(socket)
      bytes = ''.b
      bytes << more(socket) until bytes.include?("\r\n\r\n")
      head, body = bytes.split("\r\n\r\n", 2)
      length = Integer(head[/^content-length: (\d+)/i, 1])
      body << more(socket) while body.bytesize < length
      raise IOError, "status #{head.lines.first}" unless head.start_with?('HTTP/1.1 200 ')

      @since_used += 1
      drop if !@keep_alive || head.match?(/^connection: close/i)
    end

    def more(socket)
      raise IOError, 'no answer' unless socket.wait_readable(SECONDS)

      socket.readpartial(65_536)
    end
  end
end
