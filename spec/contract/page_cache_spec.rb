# frozen_string_literal: true

# Everything holds for both functions that run a loop.
RSpec.shared_examples 'PageCache' do
  let(:hello) { "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello" }

  def get_of(target, *fields)
    raw("GET #{target} HTTP/1.1", 'Host: a', *fields)
  end

  describe '.register_prebuilt' do
    it 'answers the bytes stored, and counts responses' do
      expect(described_class.register_prebuilt('/a', hello, 5)).to eq(hello.bytesize)
      expect(described_class.register_prebuilt('/b', hello, 5, 0)).to eq(hello.bytesize)
      expect(described_class.size).to eq(2)
      described_class.clear
      expect(described_class.size).to eq(0)
    end

    it 'lets the last writer win' do
      described_class.register_prebuilt('/a', hello, 5)
      described_class.register_prebuilt('/a', hello.sub(/hello\z/, 'other'), 5)

      expect(described_class.size).to eq(1)
      expect(connect(run_by_hand).get('/a').body).to eq('other')
    end

    it 'keeps bytes of its own' do
      bytes = hello.dup
      path = +'/a'
      described_class.register_prebuilt(path, bytes, 5)
      bytes.replace('changed')
      path.replace('/b')

      expect(connect(run_by_hand).get('/a').body).to eq('hello')
    end

    it 'refuses bytes that are no String' do
      [nil, 1, :bytes, ['x']].each do |bytes|
        expect { described_class.register_prebuilt('/', bytes, 0) }.to raise_error(TypeError)
      end
    end

    it 'refuses a body length outside the bytes' do
      [-1, hello.bytesize + 1, 2**40].each do |length|
        expect { described_class.register_prebuilt('/', hello, length) }.to raise_error(ArgumentError), length.to_s
      end
      expect(described_class.register_prebuilt('/', hello, hello.bytesize)).to eq(hello.bytesize)
    end

    it 'refuses a date offset without room for 29 bytes' do
      [-1, hello.bytesize, hello.bytesize - 28, 2**40].each do |offset|
        expect { described_class.register_prebuilt('/', hello, 5, offset) }.to raise_error(ArgumentError), offset.to_s
      end
    end

    it 'refuses a path that is empty or over 1,024 bytes' do
      ['', "/#{'a' * 1024}"].each do |path|
        expect { described_class.register_prebuilt(path, hello, 5) }.to raise_error(ArgumentError)
      end
      expect(described_class.register_prebuilt("/#{'a' * 1023}", hello, 5)).to eq(hello.bytesize)
    end

    it 'changes nothing when it refuses' do
      expect { described_class.register_prebuilt('/', hello, -1) }.to raise_error(ArgumentError)
      expect(described_class.size).to eq(0)
    end
  end

  describe '.serve_request' do
    let(:pair) { UNIXSocket.pair }
    let(:dated) { "HTTP/1.1 200 OK\r\ndate: #{'x' * 29}\r\ncontent-length: 2\r\n\r\nok" }

    after { pair.each(&:close) }

    def written
      pair.first.close_write
      pair.last.read
    end

    it 'writes a response, and tells how many bytes' do
      described_class.register_prebuilt('/', hello, 5)
      expect(described_class.serve_request(pair.first, 'GET', '/')).to eq([:ok, hello.bytesize])
      expect(written).to eq(hello)
    end

    it 'leaves out the body for HEAD' do
      described_class.register_prebuilt('/', hello, 5)
      expect(described_class.serve_request(pair.first, 'HEAD', '/')).to eq([:ok, hello.bytesize - 5])
      expect(written).to eq(hello.delete_suffix('hello'))
    end

    it 'puts the current Date where it was told to, in a copy' do
      described_class.register_prebuilt('/', dated, 2, dated.index('x'))
      described_class.serve_request(pair.first, 'GET', '/')

      expect(Time.httpdate(written[/date: (.*)\r$/, 1])).to be_within(10).of(Time.now)
      expect(dated).to include('x' * 29)
    end

    it 'writes nothing for what nobody registered' do
      described_class.register_prebuilt('/', hello, 5)

      [%w[GET /other], ['POST', '/'], ['get', '/'], ['', ''], ['BREW', '/']].each do |method, path|
        expect(described_class.serve_request(pair.first, method, path)).to eq(:miss), "#{method} #{path}"
      end
      expect(written).to eq('')
    end

    it 'may be called from many threads at once' do
      100.times { |number| described_class.register_prebuilt("/#{number}", hello, 5) }
      threads = Array.new(8) do
        Thread.new do
          reader, writer = IO.pipe
          Array.new(100) { |number| described_class.serve_request(writer, 'GET', "/#{number}") }.tap do
            [reader, writer].each(&:close)
          end
        end
      end

      expect(threads.flat_map(&:value).uniq).to eq([[:ok, hello.bytesize]])
    end
  end

  describe 'a runner' do
    it 'refuses a negative descriptor' do
      expect { described_class.public_send(runner, -1) }.to raise_error(ArgumentError)
    end

    it 'serves GET and HEAD of registered responses, and tells how many' do
      described_class.register_prebuilt('/', hello, 5)
      by_hand = run_by_hand
      client = connect(by_hand)

      expect(client.request(get_of('/')).comparable).to eq(hello)
      expect(client.get('/?query').body).to eq('hello')
      expect(client.get('/', method: 'HEAD').head).to eq(hello.delete_suffix('hello'))
      expect(by_hand.stop).to eq(3)
    end

    it 'tells 0 when there was nothing to do' do
      expect(run_by_hand.stop).to eq(0)
    end

    it 'serves the routes of Server.route_table' do
      static_route('/static', 'static')
      route_block(:GET, '/block') { |env| [200, {}, [env['QUERY_STRING']]] }
      by_hand = run_by_hand
      client = connect(by_hand)

      expect(client.get('/static').body).to eq('static')
      expect(client.get('/block?asked').body).to eq('asked')
      static_route('/late', 'late')
      eventually { expect(connect(by_hand).get('/late').body).to eq('late') }
    end

    it 'sends the current Date where the response has room for it' do
      described_class.register_prebuilt('/', "HTTP/1.1 200 OK\r\ndate: #{'x' * 29}\r\ncontent-length: 2\r\n\r\nok", 2,
                                        23)
      expect(Time.httpdate(connect(run_by_hand).get('/')['date'])).to be_within(10).of(Time.now)
    end

    it 'keeps connections, answers in order, and honours close' do
      %w[a b c].each { |name| described_class.register_prebuilt("/#{name}", hello.sub(/hello\z/, name * 5), 5) }
      client = connect(run_by_hand)
      client.write(%w[/a /b /c /a].map { |target| get_of(target) }.join)

      expect(client.responses(4).map(&:body)).to eq(%w[aaaaa bbbbb ccccc aaaaa])
      expect(client.get('/a', 'Connection: close')).to be_closes
      expect(client.ending).to eq(:eof)
    end

    it 'leaves the listener to the caller, who may run it again' do
      described_class.register_prebuilt('/', hello, 5)
      first = run_by_hand
      get(first, '/')
      expect(first.stop).to eq(1)

      second = run_by_hand(first.listener)
      expect(get(second, '/').body).to eq('hello')
      expect(second.stop).to eq(1)
    end

    it 'lets other threads run' do
      counter = 0
      run_by_hand
      counting = Thread.new { 1000.times { (counter += 1) && Thread.pass } }

      expect(counting.join(Eventually::PATIENCE_SECONDS)).to be(counting)
      expect(counter).to eq(1000)
    end

    it 'finishes what is in flight when it is stopped' do
      held = gate
      described_class.register_dynamic_block('/held', :GET, ->(_env) { held.pass([200, {}, ['finished']]) })
      by_hand = run_by_hand
      client = connect(by_hand).write(get_of('/held'))
      held.await
      described_class.stop_accept_loop
      held.open

      expect(client.response.body).to eq('finished')
      expect(by_hand.outcome).to eq(1)
    end

    it 'leaves no descriptor open' do
      described_class.register_prebuilt('/', hello, 5)
      listener = TCPServer.new('127.0.0.1', 0)
      before = descriptors
      5.times do
        by_hand = LoopByHand.new(listener)
        5.times { connect(listener.local_address.ip_port).get('/') }
        by_hand.stop
        close_clients
      end

      expect(descriptors).to be <= before # what earlier examples have left may be collected meanwhile
    ensure
      listener.close
    end

    {
      'Thread#kill' => ->(thread) { thread.kill },
      'Thread#raise' => ->(thread) { thread.raise(Interrupt, 'enough') }
    }.each do |what, end_it|
      describe "ended by #{what}" do
        def expect_prompt_end(thread)
          taken = seconds do
            expect(thread.join(Eventually::PATIENCE_SECONDS)).to be(thread)
          rescue Interrupt => e
            expect(e.message).to eq('enough')
          end
          expect(taken).to be_at_once
        end

        it 'returns promptly with nothing to do' do
          by_hand = run_by_hand
          expect(connect(by_hand).get('/').status).to eq(404)
          end_it.call(by_hand.thread)
          expect_prompt_end(by_hand.thread)
        end

        it 'returns promptly with idle and half-read connections' do
          described_class.register_prebuilt('/', hello, 5)
          by_hand = run_by_hand
          before = descriptors
          20.times { connect(by_hand).get('/') }
          20.times { connect(by_hand).write('GET / HT') }
          end_it.call(by_hand.thread)

          expect_prompt_end(by_hand.thread)
          close_clients
          eventually { expect(descriptors).to be <= before }
        end

        it 'returns promptly while requests pour in' do
          described_class.register_prebuilt('/', hello, 5)
          by_hand = run_by_hand
          client = connect(by_hand)
          client.get('/')
          pouring = Thread.new { loop { client.write(get_of('/') * 100) && client.responses(100) } }
          pouring.report_on_exception = false
          eventually { expect(described_class.c_loop_requests_total).to be > 100 }
          end_it.call(by_hand.thread)

          expect_prompt_end(by_hand.thread)
        ensure
          pouring&.kill
        end

        it 'returns promptly while it is in a callback' do
          held = gate
          described_class.set_handoff_callback(->(fd, _) { held.pass(IO.for_fd(fd).close) })
          by_hand = run_by_hand
          connect(by_hand).write(get_of('/nowhere'))
          held.await
          end_it.call(by_hand.thread)

          expect_prompt_end(by_hand.thread)
        end
      end
    end

    it 'is ended by Timeout' do
      listener = TCPServer.new('127.0.0.1', 0)
      taken = seconds do
        expect { Timeout.timeout(0.1) { described_class.public_send(runner, listener.fileno) } }.to raise_error(Timeout::Error)
      end
      expect(taken).to be_at_once
    ensure
      listener.close
    end

    it 'answers :crashed for what does not listen' do
      reader, writer = IO.pipe
      udp = UDPSocket.new
      unbound = Socket.new(:INET, :STREAM)
      bound = Socket.new(:INET, :STREAM).tap { |socket| socket.bind(Addrinfo.tcp('127.0.0.1', 0)) }

      [reader, writer, udp, unbound, bound].each do |io|
        expect(patiently { described_class.public_send(runner, io.fileno) }).to eq(:crashed), io.inspect
      end
    ensure
      [reader, writer, udp, unbound, bound].each(&:close)
    end

    it 'answers :crashed for a descriptor that is not open' do
      expect(patiently { described_class.public_send(runner, 900) }).to eq(:crashed)
    end

    it 'answers :crashed when the listener is shut down' do
      by_hand = run_by_hand
      expect(get(by_hand, '/').status).to eq(404)
      Socket.for_fd(by_hand.listener.fileno).tap { |socket| socket.autoclose = false }.shutdown(:RDWR)

      expect(by_hand.outcome).to eq(:crashed)
    end

    it 'answers :crashed when the listener is closed' do
      by_hand = run_by_hand
      expect(get(by_hand, '/').status).to eq(404)
      by_hand.listener.close

      expect(by_hand.outcome).to eq(:crashed)
    end
  end

  describe '.stop_accept_loop' do
    it 'is harmless when no loop runs' do
      3.times { described_class.stop_accept_loop }
      expect(connect(run_by_hand).get('/').status).to eq(404)
    end

    it 'may be called from a callback and from a block' do
      described_class.register_dynamic_block('/stop', :GET, lambda { |_env|
        described_class.stop_accept_loop
        [200, {}, ['stopping']]
      })
      by_hand = run_by_hand
      expect(get(by_hand, '/stop').body).to eq('stopping')
      expect(by_hand.outcome).to eq(1)
    end

    it 'ends a loop at once with 100 idle connections' do
      described_class.register_prebuilt('/', hello, 5)
      by_hand = run_by_hand
      idle = Array.new(100) { connect(by_hand).tap { |client| client.get('/') } }

      expect(seconds { expect(by_hand.stop).to eq(100) }).to be_at_once
      expect(idle.map(&:ending).uniq).to eq([:eof])
    end
  end

  describe 'a callback' do
    %i[set_handoff_callback set_lifecycle_callback].each do |setter|
      it "may be anything with call, or nil: #{setter}" do
        callable = Class.new { def call(*) = nil }.new
        expect(described_class.public_send(setter, callable)).to be(callable)
        expect(described_class.public_send(setter, nil)).to be_nil
      end

      it "must have call: #{setter}" do
        [42, 'callback', Object.new, :symbol].each do |other|
          expect { described_class.public_send(setter, other) }.to raise_error(ArgumentError)
        end
      end
    end
  end

  describe '.set_dynamic_dispatch_callback' do
    it 'is accepted, and not needed' do
      expect { described_class.set_dynamic_dispatch_callback(->(*) {}) }.not_to raise_error
      expect { described_class.set_dynamic_dispatch_callback(nil) }.not_to raise_error
    end
  end

  describe 'the handoff callback' do
    let(:handed) { Thread::Queue.new }

    before { described_class.register_prebuilt('/', hello, 5) }

    def take_over
      described_class.set_handoff_callback(->(fd, partial) { handed << [fd, partial] })
    end

    # What was handed off, with the descriptor as a socket.
    def next_handoff
      fd, partial = patiently { handed.pop }
      [Socket.for_fd(fd), partial]
    end

    {
      'a path that nobody serves' => "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
      'a method that nobody serves' => "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
      'a malformed request line' => "GET /\r\n\r\n",
      'a malformed field' => "GET / HTTP/1.1\r\nHost: a\r\nBad Field: x\r\n\r\n",
      'a missing Host' => "GET / HTTP/1.1\r\n\r\n",
      'a body by length' => "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody",
      'a body by chunks' => "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
      'the HTTP/2 preface' => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      'an Upgrade' => "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      'CONNECT' => "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"
    }.each do |what, bytes|
      it "gets the descriptor and every byte for #{what}" do
        take_over
        client = connect(run_by_hand).write(bytes)
        socket, partial = next_handoff
        socket.write('taken over')

        expect(partial).to eq(bytes)
        expect(client.take(10)).to eq('taken over')
        socket.close
        expect(client.ending).to eq(:eof)
      end

      it "gets every byte that came one by one for #{what}" do
        take_over
        client = connect(run_by_hand).write_each_byte(bytes)
        socket, partial = next_handoff
        rest = bytes.byteslice(partial.bytesize..)

        expect(bytes).to start_with(partial)
        expect(rest.empty? ? '' : socket.read(rest.bytesize)).to eq(rest)
        socket.close
        client.more?
      end

      it "is not there for #{what}: an error, and close" do
        client = connect(run_by_hand).write(bytes).close_write
        responses, = client.responses_until_end

        if what == 'an Upgrade' # which one may ignore
          expect(responses.map(&:status)).to eq([200]).or match([a_value >= 400])
        else
          expect(responses.map(&:status)).to match([a_value_between(400, 505)])
        end
      end
    end

    it 'gets what comes behind requests that were served, from its start' do
      take_over
      client = connect(run_by_hand).write("#{get_of('/')}#{get_of('/')}GET /nowhere HTTP/1.1\r\n\r\nmore")

      expect(client.responses(2).map(&:body)).to eq(%w[hello hello])
      socket, partial = next_handoff
      expect(partial).to eq("GET /nowhere HTTP/1.1\r\n\r\nmore")
      socket.close
    end

    it 'gets a socket that may be used like any other' do
      take_over
      client = connect(run_by_hand).write(get_of('/nowhere'))
      socket, = next_handoff
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n", 'abc')

      expect(client.response.body).to eq('abc')
      expect(client.write('ping') && socket.readpartial(100)).to eq('ping')
      socket.close
    end

    it 'may be served by Connection#serve' do
      app = ->(env) { [200, {}, [env['PATH_INFO'], env['rack.input']&.read.to_s]] }
      described_class.set_handoff_callback(lambda { |fd, partial|
        socket = Socket.for_fd(fd)
        Thread.new { Hyperion::Connection.new.serve(socket, app, partial: partial) }
      })
      client = connect(run_by_hand)
      client.write(raw('POST /made HTTP/1.1', 'Host: a', 'Content-Length: 4', body: 'body') + get_of('/next'))

      expect(client.responses(2).map(&:body)).to eq(%w[/madebody /next])
    end

    it 'that raises ends nothing but its own connection' do
      described_class.set_handoff_callback(lambda { |fd, _|
        IO.for_fd(fd).close
        raise 'callback broke'
      })
      by_hand = run_by_hand
      3.times { expect(connect(by_hand).write(get_of('/nowhere')).ending).to eq(:eof) }

      expect(get(by_hand, '/').body).to eq('hello')
    end

    it 'is not counted' do
      take_over
      by_hand = run_by_hand
      get(by_hand, '/')
      connect(by_hand).write(get_of('/nowhere'))
      next_handoff.first.close

      expect(by_hand.stop).to eq(1)
    end

    it 'may be set and taken away while the loop runs' do
      by_hand = run_by_hand
      expect(get(by_hand, '/nowhere').status).to eq(404)
      take_over
      connect(by_hand).write(get_of('/nowhere'))
      next_handoff.first.close
      described_class.set_handoff_callback(nil)
      eventually { expect(get(by_hand, '/nowhere').status).to eq(404) }
    end
  end

  describe 'the lifecycle callback' do
    let(:told) { Thread::Queue.new }

    before do
      described_class.register_prebuilt('/', hello, 5)
      described_class.set_lifecycle_callback(->(*arguments) { told << arguments })
    end

    def tellings(count)
      Array.new(count) { patiently { told.pop } }
    end

    it 'is called once for each request, with method and path' do
      described_class.set_lifecycle_active(true)
      client = connect(run_by_hand)
      client.get('/')
      client.get('/?query')
      client.get('/', method: 'HEAD')

      expect(tellings(3)).to eq([['GET', '/'], ['GET', '/'], ['HEAD', '/']])
      expect(told).to be_empty
    end

    it 'is called for pipelined requests, in order' do
      described_class.register_prebuilt('/b', hello, 5)
      described_class.set_lifecycle_active(true)
      client = connect(run_by_hand).write(get_of('/') + get_of('/b') + get_of('/'))
      client.responses(3)

      expect(tellings(3)).to eq([['GET', '/'], ['GET', '/b'], ['GET', '/']])
    end

    it 'is called for blocks, too' do
      described_class.register_dynamic_block('/block', :GET, ->(_env) { [200, {}, ['block']] })
      described_class.set_lifecycle_active(true)
      expect(connect(run_by_hand).get('/block').body).to eq('block')

      expect(tellings(1)).to eq([['GET', '/block']])
    end

    it 'is called only while it is active' do
      expect(described_class.lifecycle_active?).to be(false)
      client = connect(run_by_hand)
      client.get('/')
      described_class.set_lifecycle_active(true)
      expect(described_class.lifecycle_active?).to be(true)
      eventually { client.get('/?active') && expect(told).not_to(be_empty) }
      described_class.set_lifecycle_active(false)
      eventually { told.clear && client.get('/') && client.get('/') && expect(told).to(be_empty) }
    end

    it 'that raises ends nothing and spoils no response' do
      calls = Thread::Queue.new
      described_class.set_lifecycle_callback(lambda { |*|
        calls << 1
        raise 'callback broke'
      })
      described_class.set_lifecycle_active(true)
      client = connect(run_by_hand)

      expect(Array.new(5) { client.get('/').body }).to eq(['hello'] * 5)
      eventually { expect(calls.size).to eq(5) }
    end

    it 'that raises Exception ends nothing' do
      described_class.set_lifecycle_callback(->(*) { raise NotImplementedError, 'callback broke' })
      described_class.set_lifecycle_active(true)
      client = connect(run_by_hand)

      expect(Array.new(3) { client.get('/').body }).to eq(['hello'] * 3)
    end
  end

  describe 'block routes' do
    let(:block) {
      ->(env) {
        [200, { 'x-method' => env['REQUEST_METHOD'] }, ["#{env['PATH_INFO']}?#{env['QUERY_STRING']}"]]
      }
    }

    it 'are counted, replaced and cleared' do
      described_class.register_dynamic_block('/a', :GET, block)
      described_class.register_dynamic_block('/a', :GET, block)
      described_class.register_dynamic_block('/b', :HEAD, block)

      expect(described_class.dynamic_block_count).to eq(2)
      described_class.clear
      expect(described_class.dynamic_block_count).to eq(2)
      described_class.clear_dynamic_blocks!
      expect(described_class.dynamic_block_count).to eq(0)
    end

    it 'are served, with a Rack env' do
      described_class.register_dynamic_block('/block', :GET, Rack::Lint.new(block))
      client = connect(run_by_hand)

      expect(client.get('/block?a=1').body).to eq('/block?a=1')
      expect(client.get('/block', method: 'HEAD')['x-method']).to eq('HEAD')
      expect(client.get('/block').body).to eq('/block?')
    end

    it 'may be for HEAD alone' do
      described_class.register_dynamic_block('/block', :HEAD, block)
      by_hand = run_by_hand

      expect(get(by_hand, '/block', method: 'HEAD')['x-method']).to eq('HEAD')
      expect(get(by_hand, '/block').status).to eq(404)
    end

    it 'that raise are answered 500, and the loop goes on' do
      described_class.register_dynamic_block('/raise', :GET, ->(_env) { raise 'block broke' })
      described_class.register_prebuilt('/', hello, 5)
      by_hand = run_by_hand

      expect(get(by_hand, '/raise').status).to eq(500)
      expect(get(by_hand, '/').body).to eq('hello')
    end

    it 'refuse other methods, bad paths, and what cannot be called' do
      expect { described_class.register_dynamic_block('/a', :POST, block) }.to raise_error(ArgumentError)
      expect { described_class.register_dynamic_block('', :GET, block) }.to raise_error(ArgumentError)
      expect { described_class.register_dynamic_block('/a', :GET, 42) }.to raise_error(ArgumentError)
      expect { described_class.register_dynamic_block('/a', :GET, nil) }.to raise_error(ArgumentError)
      expect(described_class.dynamic_block_count).to eq(0)
    end
  end

  describe '.c_loop_requests_total' do
    it 'counts what C loops have answered, of servers as well' do
      described_class.register_prebuilt('/', hello, 5)
      described_class.reset_c_loop_requests_total!
      expect(described_class.c_loop_requests_total).to eq(0)

      by_hand = run_by_hand
      3.times { get(by_hand, '/') }
      by_hand.stop
      expect(described_class.c_loop_requests_total).to eq(3)

      server = serve
      2.times { get(server, '/') }
      server.stop
      expect(described_class.c_loop_requests_total).to eq(5)
      described_class.reset_c_loop_requests_total!
      expect(described_class.c_loop_requests_total).to eq(0)
    end

    it 'counts while the loop runs' do
      described_class.register_prebuilt('/', hello, 5)
      described_class.reset_c_loop_requests_total!
      client = connect(run_by_hand)
      10.times { client.get('/') }

      eventually { expect(described_class.c_loop_requests_total).to eq(10) }
    end

    it 'does not count what the Ruby loop answers' do
      described_class.reset_c_loop_requests_total!
      with_environment('HYPERION_C_ACCEPT_LOOP' => '0') { get(serve, '/') }
      expect(described_class.c_loop_requests_total).to eq(0)
    end
  end
end

RSpec.describe Hyperion::Http::PageCache do
  { run_static_accept_loop: nil, run_static_io_uring_loop: Hyperion::Server::IoUring.trouble }.each do |name, trouble|
    context "with #{name}", skip: trouble do
      let(:runner) { name }

      it_behaves_like 'PageCache'
    end
  end

  describe '.run_static_io_uring_loop' do
    it 'answers :unavailable when it is not compiled in' do
      skip 'io_uring is compiled in' if described_class.io_uring_loop_compiled?
      listener = TCPServer.new('127.0.0.1', 0)
      expect(described_class.run_static_io_uring_loop(listener.fileno)).to eq(:unavailable)
    ensure
      listener&.close
    end

    it 'refuses a negative descriptor' do
      expect { described_class.run_static_io_uring_loop(-1) }.to raise_error(ArgumentError)
    end
  end
end
