# frozen_string_literal: true

require 'hyperion/launcher'
require 'hyperion/control/client'

RSpec.describe Hyperion::Control::Client do
  # Answers every connection with these bytes, and leaves it open; gives the client's request.
  def with_answer(bytes, seconds: 10)
    listener = TCPServer.new('127.0.0.1', 0)
    thread = Thread.new do
      socket = listener.accept
      request = socket.readpartial(4096)
      socket.write(bytes)
      socket.wait_readable(30)
      socket.close
      request
    end
    client = described_class.new("tcp://127.0.0.1:#{listener.addr[1]}", token: 'secret', seconds: seconds)
    yield client
    thread.value
  ensure
    listener.close
    thread&.kill
  end

  it 'needs no end of the connection, and shows its token' do
    request = with_answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\": 1}\n") do |client|
      expect(client.json('/stats')).to eq(a: 1)
    end
    expect(request).to start_with("GET /stats HTTP/1.1\r\n").and include("\r\nauthorization: Bearer secret\r\n")
  end

  it 'tells why it was refused' do
    with_answer("HTTP/1.1 403 Forbidden\r\ncontent-length: 15\r\n\r\n{\"error\":\"no.\"}") do |client|
      expect { client.get('/stats') }.to raise_error(described_class::Refusal, /127.0.0.1:\d+ refuses: no\./)
    end
    with_answer("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 3\r\n\r\nbad") do |client|
      expect { client.get('/stats') }.to raise_error(described_class::Refusal, /refuses: 502/)
    end
  end

  it 'tells what is no control server' do
    ["SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"].each do |bytes|
      with_answer(bytes) do |client|
        expect { client.json('/stats') }.to raise_error(Hyperion::Error, /is no control server/)
      end
    end
  end

  it 'does not wait for ever' do
    with_answer("HTTP/1.1 200 OK\r\n", seconds: 0.1) do |client|
      expect { client.get('/stats') }.to raise_error(Hyperion::Error, /no answer from .*: it takes too long/)
    end
  end

  it 'tells that nobody is there' do
    expect { described_class.new('unix:///no/such.sock').get('/stats') }
      .to raise_error(Hyperion::Error, %r{no answer from unix:///no/such.sock: No such file})
  end

  it 'refuses URLs of another kind' do
    expect { described_class.new('http://127.0.0.1:80') }.to raise_error(ArgumentError, %r{http://127.0.0.1:80})
  end
end
