# frozen_string_literal: true

# Bodies that answer call(stream), as Rack 3 has them.
RSpec.describe 'Streaming bodies', if: Rack.release >= '3' do
  # A body that answers call, and tells that it was closed.
  streaming_body = Class.new do
    attr_reader :closed

    def initialize(&block)
      @block = block
      @closed = Thread::Queue.new
    end

    def call(stream)
      @block.call(stream)
    end

    def close
      @closed << true
    end
  end

  define_method(:body) { |&block| streaming_body.new(&block) }

  def streaming(headers = {}, &block)
    ->(_env) { [200, headers, block] }
  end

  def ending_of(client)
    client.within(0.2).response
  rescue RawClient::Ended, RawClient::TimedOut => e
    e.class
  end

  def head_of(client)
    lines = [client.take_line]
    lines << client.take_line until lines.last.empty?
    lines
  end

  each_engine do
    it 'are chunked, and the connection goes on' do
      server = serve(streaming { |stream| (stream << 'one' << 'two').write('three', 4) && stream.close })
      client = connect(server)

      response = client.get('/')
      expect(response['transfer-encoding']).to eq('chunked')
      expect(response.chunks).to eq(%w[one two three 4])
      expect(client.get('/').body).to eq('onetwothree4')
    end

    it 'are delimited by the end of the connection for a 1.0 client' do
      client = connect(serve(streaming { |stream| stream.write('hello') && stream.close }))
      response = client.request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")

      expect(response.names).not_to include('transfer-encoding', 'content-length')
      expect(response).to have_attributes(body: 'hello', closes?: true)
    end

    it 'are not chunked when the length is known' do
      client = connect(serve(streaming({ 'content-length' => '5' }) { |stream| stream.write('hello') && stream.close }))

      2.times { expect(client.get('/')).to have_attributes(body: 'hello', chunks: []) }
    end

    it 'have their head sent at once, and each piece when it is written' do
      gate = self.gate
      server = serve(streaming do |stream|
        gate.pass
        stream.write('first')
        gate.pass
        stream.close
      end)
      client = connect(server).write(raw('GET / HTTP/1.1', 'Host: a'))

      expect(head_of(client).first).to eq('HTTP/1.1 200 OK')
      gate.let_one_pass
      expect(client.take(10)).to eq("5\r\nfirst\r\n")
      gate.let_one_pass
      expect(client.take(5)).to eq("0\r\n\r\n")
    end

    it 'go on when call has returned, until another thread closes the stream' do
      streams = Thread::Queue.new
      body = body { |stream| streams << stream.tap { stream.write('one ') } }
      client = connect(serve(->(_env) { [200, {}, body] }))
      2.times do
        client.write(raw('GET / HTTP/1.1', 'Host: a'))
        stream = streams.pop
        stream << 'two ' << 'x' * 100_000
        expect([stream.closed?, stream.close, stream.closed?]).to eq([false, nil, true])
        expect(client.response.body).to eq("one two #{'x' * 100_000}")
        expect(body.closed.pop).to be(true)
        expect { stream.write('late') }.to raise_error(IOError)
      end
    end

    it 'that go on have their length checked' do
      streams = Thread::Queue.new
      server = serve(streaming('content-length' => '5') { |stream| streams << stream })
      client = connect(server).write(raw('GET / HTTP/1.1', 'Host: a'))
      stream = streams.pop
      stream.write('123')
      expect { stream.write('456') }.to raise_error(Hyperion::Error, /longer/)
      expect { stream.close }.to raise_error(Hyperion::Error, /fewer|bytes/)
      expect { client.response }.to raise_error(RawClient::Ended)
    end

    it 'that go on read the request\'s body, wherever it is kept' do
      streams = Thread::Queue.new
      server = serve(streaming { |stream| streams << stream }, body_memory_bytes: 1)
      client = connect(server).write(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 6', body: 'abcdef'))
      stream = streams.pop
      get(server, '/other', method: 'HEAD')
      stream.write(stream.read)
      stream.close
      expect(client.response.body).to eq('abcdef')
    end

    it 'that go on end with the client' do
      streams = Thread::Queue.new
      server = serve(streaming { |stream| streams << stream })
      client = connect(server).write(raw('GET / HTTP/1.1', 'Host: a'))
      client.more?
      client.reset
      stream = streams.pop
      gone = satisfy { |error| error.is_a?(Hyperion::ClientDisconnected) || error.is_a?(IOError) }
      eventually { expect { stream.write('x' * 1000) }.to raise_error(gone) }
    end

    it 'that go on are cut at the deadline of a stop' do
      streams = Thread::Queue.new
      server = serve(streaming { |stream| streams << stream }, shutdown_timeout: 0.3)
      client = connect(server).write(raw('GET / HTTP/1.1', 'Host: a'))
      client.more?
      stream = streams.pop
      expect(seconds { server.stop }).to be < 3
      expect { client.response }.to raise_error(RawClient::Ended)
      expect { 3.times { stream.write('x') } }.to raise_error(StandardError)
    end

    it 'read the request\'s body' do
      server = serve(streaming { |stream| stream.write(stream.read(3), '|', stream.read) && stream.close })
      response = connect(server).request(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 6', body: 'abcdef'))
      expect(response.body).to eq('abc|def')
    end

    it 'read nothing where there is no body' do
      server = serve(streaming { |stream| stream.write([stream.read, stream.read(3)].inspect) && stream.close })
      expect(get(server, '/').body).to eq('["", nil]')
    end

    it 'cannot be written or read once that side is closed' do
      seen = Thread::Queue.new
      app = streaming do |stream|
        stream.close_read
        seen << stream.closed? << begin stream.read rescue IOError end
        stream.close_write
        seen << stream.closed? << begin stream.write('x') rescue IOError end
        stream.close
      end

      expect(get(serve(app), '/').body).to eq('')
      expect(Array.new(4) { seen.pop }).to match([false, be_an(Class), true, be_an(Class)])
    end

    it 'may be written by another thread' do
      server = serve(streaming do |stream|
        Thread.new { stream.write('from a thread') }.join
        stream.close
      end)
      expect(get(server, '/').body).to eq('from a thread')
    end

    it 'are closed in the end' do
      body = body { |stream| stream.write('x') && stream.close }
      get(serve(->(_env) { [200, {}, body] }), '/')
      expect(body.closed.pop).to be(true)
    end

    it 'are not called for HEAD, but closed' do
      called = false
      body = body { called = true }
      client = connect(serve(->(_env) { [200, {}, body] }))

      expect(client.get('/', method: 'HEAD').status).to eq(200)
      expect([body.closed.pop, called]).to eq([true, false])
    end

    it 'that raise break the connection off, and are told to the log once' do
      body = body { |stream| stream.write('half') && raise('broken body') }
      client = connect(serve(->(_env) { [200, {}, body] }))

      expect { client.get('/') }.to raise_error(RawClient::Ended)
      expect(body.closed.pop).to be(true)
      eventually { expect(log.to_s.scan('broken body').size).to be >= 1 }
    end

    it 'wait for a client that does not read, in bounded memory' do
      written = 0
      server = serve(streaming do |stream|
        500.times { written += stream.write('x' * 100_000) }
        stream.close
      end)
      get(server, '/', method: 'HEAD')
      before = resident_kib
      client = connect(server, receive_buffer: 4096).within(60).write(raw('GET / HTTP/1.1', 'Host: a'))
      client.more?

      expect(client).not_to be_silent(0.3)
      eventually { expect(written).to be > 0 }
      expect(written).to be < 30_000_000
      expect(resident_kib - before).to be < 16_000
      expect(client.response.body.bytesize).to eq(50_000_000)
    end

    it 'get ClientDisconnected when the client has gone' do
      raised = Thread::Queue.new
      body = body do |stream|
        loop { stream.write('x' * 10_000) }
      rescue StandardError => e
        raised << e
        raise
      end
      client = connect(serve(->(_env) { [200, {}, body] })).write(raw('GET / HTTP/1.1', 'Host: a'))
      client.more?
      client.reset

      expect(raised.pop).to be_a(Hyperion::ClientDisconnected)
      expect(body.closed.pop).to be(true)
      expect(log.to_s).not_to include('application error')
    end
  end

  each_c_loop do
    it 'that go on hold no thread' do
      streams = Thread::Queue.new
      bodies = Hash.new(['ok']).merge('/stream' => ->(stream) { streams << stream })
      server = serve(->(env) { [200, {}, bodies[env['PATH_INFO']]] }, thread_count: 1)
      clients = Array.new(3) { connect(server).write(raw('GET /stream HTTP/1.1', 'Host: a')) }
      expect(get(server, '/').body).to eq('ok')
      3.times { streams.pop.tap { |stream| stream.write('late') }.close }
      expect(clients.map { |client| client.response.body }).to eq(%w[late late late])
    end

    it 'that nobody can close any more break the connection off' do
      server = serve(streaming { |stream| stream.write('begun') })
      clients = Array.new(10) { connect(server).write(raw('GET / HTTP/1.1', 'Host: a')) }
      eventually do # stacks may hold the one or other
        connect(server).get('/', 'Connection: close', method: 'HEAD')
        GC.start
        expect(server.server.stats[:open]).to be < 5
      end
      expect(clients.map { |client| ending_of(client) }.count(RawClient::Ended)).to be > 5
    end

    it 'that wait for their clients leave other threads to run' do
      bodies = Hash.new(['ok']).merge('/stream' => ->(stream) { stream.write('x' * 9_000_000) && stream.close })
      server = serve(->(env) { [200, {}, bodies[env['PATH_INFO']]] }, thread_count: 2)
      connect(server, receive_buffer: 4096).write(raw('GET /stream HTTP/1.1', 'Host: a')).more?

      expect(seconds { expect(get(server, '/').body).to eq('ok') }).to be_at_once
    end
  end
end
