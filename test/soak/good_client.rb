# frozen_string_literal: true

require 'io/wait'
require 'socket'

module Soak
  # A client that asks for something, knows what the answer must be, and says when it is another.
  class GoodClient
    PATIENCE_SECONDS = 10
    REQUESTS_PER_CONNECTION_MAX = 200
    BODY_BYTES_MAX = 300_000
    LARGE_BYTES = 1024 * 1024

    # What a server may do to a connection between two requests; the request is sent again on a new one.
    class Closed < StandardError; end

    attr_reader :answers, :again, :slowest

    # @yieldparam complaint [String] a wrong answer
    def initialize(port, &complain)
      @port = port
      @complain = complain
      @answers = 0
      @again = 0
      @slowest = 0
      @left = 0
    end

    def run_until(deadline)
      turn while now < deadline
    ensure
      @socket&.close
    end

    private

    def turn
      what = %i[static_route head_only echo_by_length echo_by_chunks large_body].sample
      began = now
      ask { send(what) }
      @slowest = [@slowest, now - began].max
      @answers += 1
    rescue StandardError => e
      @complain.call("#{what}: #{e.class}: #{e.message}")
      @left = 0
    end

    def ask
      connect if @left.zero?
      @left -= 1
      yield
    rescue Closed
      raise 'closed before the first answer' if @fresh

      @again += 1
      @left = 0
      retry
    end

    def connect
      @socket&.close
      @socket = Socket.tcp('127.0.0.1', @port, connect_timeout: PATIENCE_SECONDS)
      @left = rand(1..REQUESTS_PER_CONNECTION_MAX)
      @received = ''.b
      @fresh = true
    end

    def static_route
      expect('static', exchange("GET /static HTTP/1.1\r\nHost: a\r\n\r\n"))
    end

    def head_only
      expect('', exchange("HEAD /static HTTP/1.1\r\nHost: a\r\n\r\n", bodiless: true))
    end

    def large_body
      body = exchange("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
      right = body.bytesize == LARGE_BYTES && body.count('x') == LARGE_BYTES
      raise "#{body.bytesize} bytes of #{LARGE_BYTES}" unless right
    end

    def echo_by_length
      body = some_body
      expect(body, exchange("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: #{body.bytesize}\r\n\r\n#{body}"))
    end

    def echo_by_chunks
      body = some_body
      chunks = body.scan(/.{1,#{rand(1000..70_000)}}/mn).map { |chunk| "#{chunk.bytesize.to_s(16)}\r\n#{chunk}\r\n" }
      expect(body, exchange("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" \
                            "#{chunks.join}0\r\n\r\n"))
    end

    def some_body
      Random.bytes(rand < 0.8 ? rand(2000) : rand(BODY_BYTES_MAX))
    end

    def expect(wanted, got)
      raise "#{got.bytesize} bytes, not the #{wanted.bytesize} expected" unless got == wanted.b
    end

    def exchange(request, bodiless: false)
      write(request)
      head = take(until_index("\r\n\r\n") + 4)
      @fresh = false
      raise head.lines.first.strip unless head.start_with?("HTTP/1.1 200 OK\r\n")

      bodiless ? '' : take(Integer(head[/^content-length: (\d+)/, 1]))
    end

    def write(bytes)
      @socket.write(bytes)
    rescue Errno::EPIPE, Errno::ECONNRESET
      raise Closed
    end

    def until_index(ending)
      receive until (at = @received.index(ending))
      at
    end

    def take(size)
      receive while @received.bytesize < size
      @received.slice!(0, size)
    end

    def receive
      raise "no answer in #{PATIENCE_SECONDS} s" unless @socket.wait_readable(PATIENCE_SECONDS)

      @received << @socket.readpartial(65_536)
    rescue EOFError, Errno::ECONNRESET
      raise Closed if @received.empty?

      raise 'cut off within an answer'
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
