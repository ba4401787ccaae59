# frozen_string_literal: true

require 'socket'
require 'websocket/driver'

module Frameworks
  # One end of a WebSocket; what it hears is waited for.
  class WebSocketClient
    SECONDS = 10

    attr_reader :url, :driver

    # Messages that are said before the server has agreed travel with the handshake, in one write, when `early`.
    def initialize(port, early: [])
      @url = "ws://127.0.0.1:#{port}/"
      @socket = TCPSocket.new('127.0.0.1', port)
      @heard = Thread::Queue.new
      @held = early.empty? ? nil : +''.b
      @driver = new_driver
      @driver.start
      early.each { |text| @held << frame(text) }
      release
      @reader = Thread.new { read }
    end

    # For the driver.
    def write(bytes)
      @held ? @held << bytes : @socket.write(bytes)
    end

    # The next event: `[:open]`, `[:message, text or bytes]`, `[:close, code]`.
    def next_event
      Timeout.timeout(SECONDS) { @heard.pop } || raise('the connection has ended')
    end

    # Whether the server has ended the connection.
    def ended?
      @reader.join(SECONDS) && @heard.empty?
    end

    def say(message)
      message.encoding == Encoding::BINARY ? @driver.binary(message) : @driver.text(message)
    end

    def close
      @reader.kill
      @socket.close
    end

    private

    def new_driver
      WebSocket::Driver.client(self).tap do |driver|
        driver.on(:open) { @heard << [:open] }
        driver.on(:message) { |event| @heard << [:message, event.data] }
        driver.on(:close) { |event| @heard << [:close, event.code] }
      end
    end

    # A short masked text, as a client sends it.
    def frame(text)
      mask = [1, 2, 3, 4]
      masked = text.bytes.each_with_index.map { |byte, index| byte ^ mask[index % 4] }
      [0x81, 0x80 | text.bytesize, *mask, *masked].pack('C*')
    end

    def release
      return unless (bytes = @held)

      @held = nil
      @socket.write(bytes)
    end

    def read
      loop { @driver.parse(@socket.readpartial(65_536)) }
    rescue IOError, SystemCallError
      @heard.close
    end
  end
end
