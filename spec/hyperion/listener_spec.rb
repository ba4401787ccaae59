# frozen_string_literal: true

require 'socket'

RSpec.describe Hyperion::Listener do
  def listen(host = '127.0.0.1', port = 0, **options)
    listener = described_class.open(host, port, **options)
    opened << listener
    listener
  end

  let(:opened) { [] }

  after { opened.each(&:close) }

  it 'listens on the port that the kernel picked' do
    listener = listen
    expect(listener.port).to be_positive
    TCPSocket.new('127.0.0.1', listener.port).close
  end

  it 'has a socket for each loop, on one port' do
    listener = listen(count: 3)
    expect(listener.sockets.map { |socket| socket.local_address.ip_port }).to eq([listener.port] * 3)
  end

  it 'prefers IPv4 for a name that has both' do
    expect(listen('localhost').sockets.first.local_address.ip_address).to eq('127.0.0.1')
  end

  [1, 2].each do |count|
    it "refuses a port in use, with #{count} sockets" do
      port = listen.port
      expect { listen('127.0.0.1', port, count: count) }.to raise_error(Errno::EADDRINUSE)
    end
  end

  it 'refuses a port that others share' do
    port = listen(count: 2).port
    expect { listen('127.0.0.1', port, count: 2) }.to raise_error(Errno::EADDRINUSE)
  end

  it 'frees its port' do
    listener = listen
    listener.close
    expect(listener).to be_closed
    expect(listen('127.0.0.1', listener.port).port).to eq(listener.port)
  end

  it 'knows when it cannot be used any more, and listens anew on its port' do
    listener = listen
    expect(listener).to be_usable
    listener.sockets.first.close
    expect(listener).not_to be_usable
    expect(listener.reopen).to be_usable
    TCPSocket.new('127.0.0.1', listener.port).close
  end

  it 'notices a socket that was shut down' do
    listener = listen
    listener.sockets.first.shutdown
    expect(listener).not_to be_usable
  end

  it 'writes addresses as in a URL' do
    expect(described_class.url('127.0.0.1', 80)).to eq('http://127.0.0.1:80')
    expect(described_class.url('::1', 80)).to eq('http://[::1]:80')
  end
end
