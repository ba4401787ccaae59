# frozen_string_literal: true

require 'json'
require 'socket'

begin
  require 'websocket/driver'
rescue LoadError
  nil # a family without Action Cable
end

module Frameworks
  # Speaks Action Cable's protocol over a WebSocket.
  class CableClient
    SECONDS = 10

    attr_reader :url

    def initialize(port)
      @url = "ws://127.0.0.1:#{port}/cable"
      @socket = TCPSocket.new('127.0.0.1', port)
      @messages = Thread::Queue.new
      @driver = WebSocket::Driver.client(self, protocols: ['actioncable-v1-json'])
      @driver.on(:message) { |event| keep(JSON.parse(event.data)) }
      @driver.start
      @reader = Thread.new { read }
    end

    # For the driver.
    def write(bytes)
      @socket.write(bytes)
    end

    def subscribe(channel)
      @identifier = JSON.generate(channel: channel)
      send_command('subscribe')
    end

    def perform(action, **data)
      send_command('message', data: JSON.generate(action: action, **data))
    end

    # The next that is not a ping.
    def next_message
      Timeout.timeout(SECONDS) { @messages.pop } || raise('the connection has ended')
    end

    def close
      @reader.kill
      @socket.close
    end

    private

    def send_command(command, **rest)
      @driver.text(JSON.generate(command: command, identifier: @identifier, **rest))
    end

    def keep(message)
      @messages << message unless message['type'] == 'ping'
    end

    def read
      loop { @driver.parse(@socket.readpartial(65_536)) }
    rescue IOError, SystemCallError
      @messages.close
    end
  end
end
