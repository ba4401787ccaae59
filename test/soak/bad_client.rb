# frozen_string_literal: true

require 'socket'
require_relative '../../spec/support/conformance'

module Soak
  # A client that does one hostile thing after another.
  class BadClient
    HOSTILITIES = %i[
      dribbled_heads slow_bodies slow_reads resets half_closes pipelining_flood garbage big_body body_over_the_limit
      extension_flood silent_flood idle_flood refused_requests upgrades
    ].freeze
    GET = "GET /static HTTP/1.1\r\nHost: a\r\n\r\n"
    LARGE = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
    POST = "POST /echo HTTP/1.1\r\nHost: a\r\n"
    CHUNKED = "#{POST}Transfer-Encoding: chunked\r\n\r\n".freeze
    GONE = [SystemCallError, IOError].freeze

    attr_reader :done

    def initialize(port)
      @port = port
      @done = Hash.new(0)
    end

    def run_until(deadline)
      while now < deadline
        what = HOSTILITIES.sample
        @sockets = []
        begin
          send(what)
        rescue *GONE
          nil # as is only right
        end
        @sockets.each { |socket| rand < 0.5 ? reset(socket) : close(socket) }
        @done[what] += 1
      end
    end

    private

    def dribbled_heads
      crowd(rand(1..40)) { |socket| socket.write('GET /static HTTP/1.1') }
      rounds(rand(1..60)) { |socket| socket.write("\r\nX: y"[rand(6)]) }
    end

    def slow_bodies
      crowd(rand(1..40)) { |socket| socket.write("#{POST}Content-Length: 5000\r\n\r\n") }
      rounds(rand(1..60)) { |socket| socket.write('x') }
    end

    def slow_reads
      crowd(rand(1..40), receive_buffer: 4096) { |socket| socket.write(LARGE * rand(1..3)) }
      rounds(rand(1..60)) { |socket| socket.read_nonblock(rand(1..2000), exception: false) }
    end

    # In the middle of anything.
    def resets
      requests = [GET, LARGE, "#{POST}Content-Length: 10\r\n\r\n0123456789", "#{CHUNKED}5\r\nabcde\r\n0\r\n\r\n"]
      100.times do
        request = requests.sample
        socket = connect
        socket.write(request.byteslice(0, rand(1..request.bytesize)))
        socket.read_nonblock(rand(1..500), exception: false) if rand < 0.3
        reset(@sockets.pop)
      end
    end

    def half_closes
      crowd(20) do |socket|
        socket.write([GET, LARGE, GET.chop, CHUNKED, "#{POST}Content-Length: 3\r\n\r\nab"].sample)
        socket.close_write
      end
      rounds(5) { |socket| socket.read_nonblock(100_000, exception: false) }
    end

    def pipelining_flood
      socket = connect
      rand(1..50).times { socket.write_nonblock([GET, LARGE].sample * 100, exception: false) }
      rand(100).times { socket.read_nonblock(100_000, exception: false) }
    end

    def garbage
      crowd(20) { |socket| socket.write(Random.bytes(rand(1..5000))) }
      rounds(2) { |socket| socket.read_nonblock(1000, exception: false) }
    end

    def big_body
      connect.write("#{POST}Content-Length: 5000000\r\n\r\n")
      rand(1..500).times { @sockets.last.write('x' * 10_000) }
      @sockets.last.read_nonblock(100_000, exception: false)
    end

    def body_over_the_limit
      connect.write(CHUNKED)
      1000.times { @sockets.last.write("2710\r\n#{'x' * 10_000}\r\n") }
    end

    def extension_flood
      connect.write(CHUNKED)
      rand(1..500).times { @sockets.last.write("1;#{'a' * 4000}\r\nx\r\n") }
    end

    def silent_flood
      crowd(rand(1..200)) { nil }
      sleep(rand)
    end

    def idle_flood
      crowd(rand(1..400)) { |socket| socket.write(GET) }
      rounds(1) { |socket| socket.read_nonblock(1000, exception: false) }
    end

    def refused_requests
      crowd(50) { |socket| socket.write(Conformance.rows.sample.bytes * rand(1..3)) }
      rounds(2) { |socket| socket.read_nonblock(1000, exception: false) }
    end

    def upgrades
      crowd(3) { |socket| socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n") }
      rounds(2) { |socket| socket.read_nonblock(1000, exception: false) }
    end

    def crowd(size, **options)
      size.times do
        socket = connect(**options)
        yield socket
      rescue *GONE
        nil
      end
    end

    # Each socket has a turn, many times a second.
    def rounds(count)
      count.times do
        @sockets.each do |socket|
          yield socket
        rescue *GONE
          nil
        end
        sleep 0.05
      end
    end

    def connect(receive_buffer: nil)
      socket = Socket.new(:INET, :STREAM)
      @sockets << socket
      socket.setsockopt(:SOCKET, :RCVBUF, receive_buffer) if receive_buffer
      socket.connect(Addrinfo.tcp('127.0.0.1', @port))
      socket
    end

    def reset(socket)
      socket.setsockopt(Socket::Option.linger(true, 0))
      socket.close
    rescue *GONE
      nil
    end

    def close(socket)
      socket.close
    rescue *GONE
      nil
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
