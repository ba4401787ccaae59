# frozen_string_literal: true

RSpec.describe Hyperion::Server do
  def new_server(app = Servers::HELLO, **options)
    described_class.new(app: app, port: 0, **options)
  end

  def listener_of(port)
    ObjectSpace.each_object(Socket).find { |socket| listens_on?(socket, port) }
  end

  def listens_on?(socket, port)
    socket.getsockopt(:SOCKET, :ACCEPTCONN).bool && socket.local_address.ip_port == port
  rescue IOError, SystemCallError, SocketError
    false
  end

  describe '#listen' do
    it 'binds a port of the kernel\'s choice, which #port tells' do
      server = new_server
      server.listen

      expect(server.port).to be_between(1, 65_535)
      expect { TCPServer.new('127.0.0.1', server.port) }.to raise_error(Errno::EADDRINUSE)
    ensure
      server.stop
    end

    it 'does nothing the second time' do
      server = new_server
      server.listen
      port = server.port
      server.listen

      expect(server.port).to eq(port)
    ensure
      server.stop
    end

    it 'refuses a port in use, also with several loops' do
      taken = TCPServer.new('127.0.0.1', 0)
      [1, 3].each do |loops|
        server = described_class.new(app: Servers::HELLO, port: taken.local_address.ip_port, loops: loops)
        expect { server.listen }.to raise_error(Errno::EADDRINUSE)
        expect { server.start }.to raise_error(Errno::EADDRINUSE)
      end
    ensure
      taken.close
    end

    it 'refuses a name that does not resolve, and an address that is not here' do
      expect { new_server(host: 'no-such-host.invalid').listen }.to raise_error(SocketError)
      expect { new_server(host: '192.0.2.1').listen }.to raise_error(SystemCallError)
    end

    it 'takes a name, and IPv6' do
      expect(get(serve(host: 'localhost'), '/').status).to eq(200)
      skip 'there is no IPv6 here' unless Socket.ip_address_list.any?(&:ipv6_loopback?)
      server = serve(host: '::1')
      expect(connect(server, host: '::1').get('/').status).to eq(200)
    end

    it 'leaves no descriptor behind when it fails' do
      taken = TCPServer.new('127.0.0.1', 0)
      server = described_class.new(app: Servers::HELLO, port: taken.local_address.ip_port, loops: 2)
      before = descriptors
      3.times { expect { server.start }.to raise_error(Errno::EADDRINUSE) }

      expect(descriptors).to eq(before)
    ensure
      taken.close
    end
  end

  describe '.new' do
    it 'has the defaults that programs rely on' do
      keywords = described_class.instance_method(:initialize).parameters
      expect(keywords).to include(%i[keyreq app], %i[key host], %i[key port], %i[key thread_count], %i[key runtime],
                                  %i[key route_table])
      server = described_class.new(app: Servers::HELLO)
      expect(server.port).to eq(9292)
    end

    it 'binds nothing' do
      before = descriptors
      5.times { new_server }
      expect(descriptors).to be <= before # the collector may close others' meanwhile
    end

    it 'takes the name of a backend' do
      server = serve(backend: :poll)
      expect(get(server, '/').body).to eq('hello')
      expect(server.server.loop_name).to eq('poll')
    end
  end

  describe '#start' do
    each_engine do
      it 'listens if need be, and blocks until the server is stopped' do
        server = new_server(**engine.options)
        started = Thread::Queue.new
        thread = Thread.new { server.start { started << server.port } }
        port = patiently { started.pop }

        expect(connect(port).get('/').body).to eq('hello')
        expect(thread).to be_alive
        server.stop
        expect(thread.join(Eventually::PATIENCE_SECONDS)).to be(thread)
        expect { RawClient.open(port) }.to raise_error(Errno::ECONNREFUSED)
      end

      it 'may come again after a stop' do
        server = new_server(**engine.options)
        3.times do
          server.listen
          thread = Thread.new { server.start }
          expect(connect(server.port).get('/').body).to eq('hello')
          close_clients
          server.stop
          expect(thread.join(Eventually::PATIENCE_SECONDS)).to be(thread)
        end
      end

      it 'refuses to run twice at once' do
        running = serve
        expect(get(running, '/').status).to eq(200)
        expect { running.server.start }.to raise_error(Hyperion::Error)
        expect(get(running, '/').status).to eq(200)
      end

      it 'is ended by an exception in its thread, which comes out' do
        running = serve
        expect(get(running, '/').status).to eq(200)
        running.thread.raise(EncodingError, 'enough')

        expect { running.join }.to raise_error(EncodingError, 'enough')
        expect { RawClient.open(running.port) }.to raise_error(Errno::ECONNREFUSED)
        servers.delete(running)
      end

      it 'is ended by a kill of its thread' do
        running = serve
        expect(get(running, '/').status).to eq(200)
        running.thread.kill
        running.join

        expect { RawClient.open(running.port) }.to raise_error(Errno::ECONNREFUSED)
      end
    end
  end

  describe '#engage_c_accept_loop? (private)' do
    def engaged?(**options)
      server = new_server(**options)
      server.listen
      server.__send__(:engage_c_accept_loop?)
    ensure
      server&.stop
    end

    it 'is private, as is #start_raw_loop' do
      expect(described_class.private_method_defined?(:engage_c_accept_loop?)).to be(true)
      expect(described_class.private_method_defined?(:start_raw_loop)).to be(true)
      expect(described_class.private_method_defined?(:dispatch_handed_off)).to be(true)
    end

    it 'is true for an empty table' do
      expect(engaged?).to be(true)
    end

    it 'is true for static routes and blocks' do
      static_route('/static', 'static')
      route_block(:GET, '/block') { [200, {}, []] }
      expect(engaged?).to be(true)
    end

    it 'is false with a legacy handler among them' do
      static_route('/static', 'static')
      described_class.handle(:GET, '/legacy', ->(_request) { [200, {}, []] })
      expect(engaged?).to be(false)
    end

    it 'goes by the table that the server was given' do
      described_class.handle(:GET, '/legacy', ->(_request) { [200, {}, []] })
      expect(engaged?(route_table: Hyperion::Server::RouteTable.new)).to be(true)
    end

    it 'is false when the environment says so' do
      %w[0 off FALSE No].each do |value|
        with_environment('HYPERION_C_ACCEPT_LOOP' => value) { expect(engaged?).to be(false), value }
      end
      ['', '1', 'yes', 'disabled'].each do |value|
        with_environment('HYPERION_C_ACCEPT_LOOP' => value) { expect(engaged?).to be(true), value }
      end
    end
  end

  describe 'with a legacy handler' do
    let(:requests) { Thread::Queue.new }

    before do
      described_class.handle(:POST, '/legacy', lambda { |request|
        requests << request
        [201, { 'x-legacy' => 'yes' }, ["#{request.method} #{request.body}"]]
      })
      described_class.handle(:GET, '/raise', ->(_request) { raise 'handler broke' })
      static_route('/static', 'static')
      route_block(:GET, '/block') { [200, {}, ['block']] }
    end

    it 'is served by the Ruby accept loop, with all its routes and the application' do
      server = serve
      client = connect(server)
      legacy = client.request(raw('POST /legacy?a=1 HTTP/1.1', 'Host: a', 'X-Sent: yes', 'Content-Length: 4',
                                  body: 'body'))

      expect(legacy).to have_attributes(status: 201, body: 'POST body')
      expect(legacy['x-legacy']).to eq('yes')
      expect(%w[/static /block /app].map { |target| client.get(target).body }).to eq(%w[static block hello])
      expect(server.server.loop_name).to eq('ruby')
    end

    it 'hands it a Request' do
      get(serve, '/static')
      connect(serve).request(raw('POST /legacy?a=1 HTTP/1.1', 'Host: a', 'X-Sent: yes', 'Content-Length: 4',
                                 body: 'body'))
      request = requests.pop

      expect(request).to be_a(Hyperion::Request).and be_frozen
      expect(request).to have_attributes(method: 'POST', path: '/legacy', query_string: 'a=1', http_version: 'HTTP/1.1',
                                         body: 'body', peer_address: '127.0.0.1')
      expect(request.header('x-SENT')).to eq('yes')
      expect(request.header('x-missing')).to be_nil
    end

    it 'answers 500 when it raises' do
      expect(get(serve, '/raise').status).to eq(500)
      eventually { expect(log.complaints.map { |event| event.fields[:error] }).to eq(['handler broke']) }
    end

    it 'answers 500 when it raises, again' do
      server = serve
      expect(Array.new(10) { get(server, '/raise').status }).to eq([500] * 10)
    end
  end

  describe 'with a table of its own' do
    it 'serves entries that were made by hand' do
      table = described_class::RouteTable.new
      response = "HTTP/1.1 200 OK\r\nx-made: by hand\r\ncontent-length: 4\r\n\r\nmade"
      table.register(:GET, '/made', described_class::RouteTable::StaticEntry.new(:GET, '/made', response))
      table.register(:GET, '/block',
                     described_class::RouteTable::DynamicBlockEntry.new(:GET, '/block', ->(_env) {
                       [200, {}, ['block']]
                     }))
      static_route('/other', 'other')
      server = serve(route_table: table)
      client = connect(server)
      made = client.get('/made')

      expect(made).to have_attributes(status: 200, body: 'made')
      expect(made['x-made']).to eq('by hand')
      expect(client.get('/made', method: 'HEAD')['content-length']).to eq('4')
      expect(client.get('/block').body).to eq('block')
      expect(client.get('/other').body).to eq('hello')
      expect(server.server.loop_name).not_to eq('ruby')
    end
  end

  describe 'whose listener breaks' do
    it 'goes on with the Ruby accept loop, and says so' do
      static_route('/static', 'static')
      server = serve
      expect(get(server, '/static').body).to eq('static')
      port = server.port
      listener_of(port).shutdown(:RDWR)

      eventually { expect(server.server.loop_name).to eq('ruby') }
      expect(server.port).to eq(port)
      eventually { expect(static_and_app(server)).to eq(%w[static hello]) }
      expect(log.events(:warn).map { |event| event.fields[:message] }).to include(/crashed/)
    end

    def static_and_app(server)
      %w[/static /app].map { |target| get(server, target).body }
    rescue SystemCallError, RawClient::Ended
      []
    end

    it 'may be stopped then' do
      server = serve
      expect(get(server, '/').status).to eq(200)
      listener_of(server.port).shutdown(:RDWR)
      eventually { expect(server.server.loop_name).to eq('ruby') }

      expect(seconds { server.stop }).to be < 2
    end
  end

  describe '#dispatch_handed_off (private)' do
    let(:pair) { Socket.pair(:UNIX, :STREAM) }
    let(:client) { RawClient.new(pair.first).tap { |client| clients << client } }

    # Gives the descriptor away, as the C loop does.
    def hand_off(server, partial)
      pair.last.autoclose = false
      server.server.__send__(:dispatch_handed_off, pair.last.fileno, partial)
    end

    it 'serves the connection, beginning with the bytes read already' do
      server = serve(->(env) { [200, {}, ["#{env['PATH_INFO']} #{env['rack.input']&.read}"]] })
      get(server, '/')
      hand_off(server, "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
      client.write("dy#{raw('GET /second HTTP/1.1', 'Host: a')}")

      expect(client.responses(2).map(&:body)).to eq(['/first body', '/second '])
    end

    it 'serves the connection when nothing was read' do
      server = serve
      get(server, '/')
      hand_off(server, nil)
      expect(client.get('/').body).to eq('hello')
    end

    it 'returns at once, and serves in another thread' do
      held = gate
      server = serve(->(_env) { held.pass([200, {}, [Thread.current.object_id.to_s]]) })
      expect(seconds { hand_off(server, raw('GET / HTTP/1.1', 'Host: a')) }).to be_at_once
      held.await
      held.open

      expect(client.response.body).not_to eq(Thread.current.object_id.to_s)
    end

    it 'answers what is malformed' do
      server = serve
      get(server, '/')
      hand_off(server, "GET / HTTP/1.1\r\n\r\n")

      expect(client.response.status).to eq(400)
      expect(client.close_write.ending).to eq(:eof)
    end

    it 'serves others meanwhile, and all of them, more than there are threads' do
      server = serve(->(env) { [200, {}, [env['PATH_INFO']]] }, thread_count: 1)
      get(server, '/')
      staying = Array.new(3) do |number|
        here, there = Socket.pair(:UNIX, :STREAM)
        there.autoclose = false
        server.server.__send__(:dispatch_handed_off, there.fileno, raw("GET /#{number} HTTP/1.1", 'Host: a'))
        RawClient.new(here).tap { |client| clients << client }
      end

      expect(staying.map { |client| client.response.body }).to eq(%w[/0 /1 /2])
      expect(get(server, '/other').body).to eq('/other')
    end

    it 'ends the connection when the server stops' do
      server = serve
      get(server, '/')
      hand_off(server, raw('GET / HTTP/1.1', 'Host: a'))
      expect(client.response.body).to eq('hello')
      server.server.stop

      expect(client.ending).to eq(:eof)
      server.join(3)
    end

    it 'is in vain when the server has ended: the callback closes the descriptor and warns once' do
      server = serve
      server.stop
      callback = described_class::ConnectionLoop.build_handoff_callback(server.server)
      pair.last.autoclose = false
      callback.call(pair.last.fileno, nil)

      expect(client.ending).to eq(:eof)
      expect(log.complaints.map(&:fields)).to contain_exactly(a_hash_including(:message, :error, :error_class))
    end
  end
end
