# frozen_string_literal: true

require 'faye/websocket'
require 'websocket/driver'

require_relative 'support/web_socket_client'

# A WebSocket that websocket-driver speaks, on a thread of its own.
class DriverEcho
  attr_reader :env, :url

  def self.call(env)
    new(env).start
    [-1, {}, []]
  end

  def initialize(env)
    @env = env
    @url = "ws://#{env['HTTP_HOST']}/"
    @io = env['rack.hijack'].call
  end

  def start
    driver = WebSocket::Driver.rack(self)
    driver.on(:message) { |event| event.data.encoding == Encoding::BINARY ? driver.binary(event.data) : driver.text(event.data.upcase) }
    driver.on(:close) { @io.close }
    driver.start
    Thread.new { read_into(driver) }
  end

  # For the driver.
  def write(bytes)
    @io.write(bytes)
  end

  private

  def read_into(driver)
    driver.parse(@io.readpartial(65_536)) until @io.closed?
  rescue IOError, SystemCallError
    @io.close
  end
end

# The same by faye-websocket, whose sockets one EventMachine reads.
FAYE_ECHO = lambda do |env|
  socket = Faye::WebSocket.new(env)
  socket.on(:message) { |event| socket.send(event.data.encoding == Encoding::BINARY ? event.data.bytes : event.data.upcase) }
  socket.rack_response
end

{ "websocket-driver #{Gem.loaded_specs['websocket-driver'].version}" => DriverEcho,
  "faye-websocket #{Gem.loaded_specs['faye-websocket'].version}" => FAYE_ECHO }.each do |name, echo|
  RSpec.describe name do
    def visit(server, **options)
      Frameworks::WebSocketClient.new(server.port, **options).tap { |client| web_sockets << client }
    end

    def web_sockets
      @web_sockets ||= []
    end

    after { web_sockets.each(&:close) }

    each_engine do
      let(:app) { ->(env) { env['PATH_INFO'] == '/plain' ? [200, {}, ['plain']] : echo.call(env) } }

      # Two threads, so that sockets which held some would be found out.
      let(:server) { serve(app, thread_count: 2, lint: false) }

      it 'talks: short and long, text and bytes' do
        client = visit(server)
        expect(client.next_event).to eq([:open])
        ['Grüße', 'x' * 200, 'y' * 1_000_000].each do |text|
          client.say(text)
          expect(client.next_event).to eq([:message, text.upcase])
        end
        bytes = Random.new(1).bytes(70_000)
        client.say(bytes)
        expect(client.next_event).to eq([:message, bytes])
      end

      # No client ought to, says RFC 6455 in 4.1; EventMachine, which reads the descriptor itself, would not see it.
      it 'hears what came together with the handshake', if: echo == DriverEcho do
        client = visit(server, early: %w[one two])
        expect(Array.new(3) { client.next_event }).to eq([[:open], [:message, 'ONE'], [:message, 'TWO']])
        client.say('three')
        expect(client.next_event).to eq([:message, 'THREE'])
      end

      it 'closes with a code, and the connection ends' do
        client = visit(server)
        client.next_event
        client.driver.close('enough', 4001)
        expect(client.next_event).to eq([:close, 4001])
        expect(client).to be_ended
      end

      it 'holds no thread of the server' do
        clients = Array.new(20) { visit(server) }
        clients.each { |client| expect(client.next_event).to eq([:open]) }
        expect(get(server, '/plain').body).to eq('plain')
        clients.each { |client| client.say('x') }
        clients.each { |client| expect(client.next_event).to eq([:message, 'X']) }
      end

      it 'goes on when the server stops, which it does not hold up' do
        client = visit(server)
        client.next_event
        expect(seconds { server.stop }).to be_at_once
        client.say('x')
        expect(client.next_event).to eq([:message, 'X'])
      end
    end
  end
end
