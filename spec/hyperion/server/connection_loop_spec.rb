# frozen_string_literal: true

require 'socket'

RSpec.describe Hyperion::Server::ConnectionLoop do
  table_class = Hyperion::Server::RouteTable
  static = table_class::StaticEntry.new(:GET, '/s', "HTTP/1.1 200 OK\r\n\r\n")
  block = table_class::DynamicBlockEntry.new(:GET, '/b', proc {})

  describe '.available?' do
    %w[0 off false no OFF False].each do |value|
      it "is false with HYPERION_C_ACCEPT_LOOP=#{value}" do
        with_environment('HYPERION_C_ACCEPT_LOOP' => value) { expect(described_class).not_to be_available }
      end
    end

    [nil, '', '1', 'on', 'nonsense'].each do |value|
      it "is true with HYPERION_C_ACCEPT_LOOP=#{value.inspect}" do
        with_environment('HYPERION_C_ACCEPT_LOOP' => value) { expect(described_class).to be_available }
      end
    end
  end

  describe '.io_uring_eligible?' do
    before { allow(Hyperion::Http::PageCache).to receive(:io_uring_loop_compiled?).and_return(true) }

    it 'is off unless it is asked for' do
      { '1' => true, 'ON' => true, 'true' => true, 'yes' => true, nil => false, '0' => false, 'maybe' => false }
        .each do |value, expected|
          with_environment('HYPERION_IO_URING_ACCEPT' => value, 'HYPERION_C_ACCEPT_LOOP' => nil) do
            expect(described_class.io_uring_eligible?).to be(expected)
          end
        end
    end

    it 'is off when it is not compiled in' do
      allow(Hyperion::Http::PageCache).to receive(:io_uring_loop_compiled?).and_return(false)
      with_environment('HYPERION_IO_URING_ACCEPT' => '1') { expect(described_class).not_to be_io_uring_eligible }
    end

    it 'is off with the C loop' do
      with_environment('HYPERION_IO_URING_ACCEPT' => '1', 'HYPERION_C_ACCEPT_LOOP' => '0') do
        expect(described_class).not_to be_io_uring_eligible
      end
    end
  end

  describe '.eligible_route_table?' do
    let(:table) { table_class.new }

    it 'is false for nil and for an empty table' do
      expect(described_class.eligible_route_table?(nil)).to be(false)
      expect(described_class.eligible_route_table?(table)).to be(false)
    end

    it 'is true when the C loop serves every entry' do
      table.register(:GET, '/s', static)
      table.register(:GET, '/b', block)
      expect(described_class.eligible_route_table?(table)).to be(true)
    end

    it 'is false with one legacy handler' do
      table.register(:GET, '/s', static)
      table.register(:GET, '/l', proc {})
      expect(described_class.eligible_route_table?(table)).to be(false)
    end
  end

  describe '.build_lifecycle_callback' do
    let(:runtime) { Hyperion::Runtime.new(logger: memory_log) }
    let(:callback) { described_class.build_lifecycle_callback(runtime) }

    it 'fires both hooks with a bare request' do
      calls = []
      runtime.on_request_start { |request, env| calls << [request.method, request.path, request.headers, env] }
      runtime.on_request_end { |request, env, response, error| calls << [request.http_version, env, response, error] }
      expect(callback.call('GET', '/s')).to be_nil
      expect(calls).to eq([['GET', '/s', {}, nil], ['HTTP/1.1', nil, :c_static, nil]])
    end

    it 'fires nothing without hooks' do
      expect(runtime).not_to receive(:fire_request_start)
      callback.call('GET', '/s')
    end

    it 'swallows what goes wrong' do
      allow(runtime).to receive(:has_request_hooks?).and_raise(IOError)
      expect(callback.call('GET', '/s')).to be_nil
    end
  end

  describe '.build_handoff_callback' do
    let(:server) do
      log = memory_log
      Class.new do
        attr_reader :taken

        define_method(:runtime_logger) { log }

        def dispatch_handed_off(fd, partial)
          raise Hyperion::Error, 'no room' if partial == 'fail'

          @taken = [fd, partial]
        end
        private :dispatch_handed_off
      end.new
    end
    let(:callback) { described_class.build_handoff_callback(server) }

    it 'hands descriptor and bytes to the server' do
      callback.call(7, 'GET /')
      expect(server.taken).to eq([7, 'GET /'])
    end

    it 'warns and closes the descriptor when the server cannot take it' do
      ours, theirs = UNIXSocket.pair
      theirs.autoclose = false
      callback.call(theirs.fileno, 'fail')
      expect(ours.read).to eq('')
      expect(memory_log.events).to match(
        [[:warn, { message: String, error: 'no room', error_class: 'Hyperion::Error' }]]
      )
    end

    it 'survives a descriptor that is closed already' do
      reader, = IO.pipe
      fd = reader.fileno
      reader.close
      expect { callback.call(fd, 'fail') }.not_to raise_error
    end
  end

  describe '.wake_listener' do
    let(:listener) { TCPServer.new('127.0.0.1', 0) }
    let(:port) { listener.local_address.ip_port }

    after { listener.close unless listener.closed? }

    def dials
      count = 0
      count += 1 while listener.accept_nonblock(exception: false) != :wait_readable
      count
    end

    it 'dials once, or as often as it is told' do
      expect(described_class.wake_listener('127.0.0.1', port)).to be_nil
      expect(dials).to eq(1)
      described_class.wake_listener('127.0.0.1', port, count: 3)
      expect(dials).to eq(3)
    end

    it 'dials nobody without an address or a count' do
      expect(Socket).not_to receive(:tcp)
      expect(described_class.wake_listener(nil, port)).to be_nil
      expect(described_class.wake_listener('127.0.0.1', nil)).to be_nil
      expect(described_class.wake_listener('127.0.0.1', port, count: 0)).to be_nil
      expect(described_class.wake_listener('127.0.0.1', port, count: -1)).to be_nil
    end

    it 'stops when nobody is there' do
      [Errno::ECONNREFUSED, Errno::EADDRNOTAVAIL, Errno::EHOSTUNREACH, Errno::ENETUNREACH].each do |error|
        expect(Socket).to receive(:tcp).once.and_raise(error)
        expect(described_class.wake_listener('127.0.0.1', port, count: 5)).to be_nil
      end
    end

    it 'goes on after any other failure' do
      expect(Socket).to receive(:tcp).exactly(3).times.and_raise(Errno::ETIMEDOUT)
      expect(described_class.wake_listener('127.0.0.1', port, count: 3)).to be_nil
    end

    it 'dials within its time-out' do
      expect(Socket).to receive(:tcp).with('127.0.0.1', port, hash_including(connect_timeout: 0.2))
      described_class.wake_listener('127.0.0.1', port, connect_timeout: 0.2)
    end
  end

  it 'has the constants that programs use' do
    expect(described_class::WAKE_CONNECT_TIMEOUT_SECONDS).to eq(1.0)
    expect(described_class::WAKE_CONNECT_BURST).to eq(8)
  end
end
