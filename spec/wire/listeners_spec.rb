# frozen_string_literal: true

RSpec.describe 'Listeners' do
  include_context 'with a directory'

  let(:path) { File.join(@directory, 'app.sock') }

  let(:telling) do
    lambda do |env|
      told = env.values_at('REMOTE_ADDR', 'SERVER_NAME', 'SERVER_PORT', 'PATH_INFO').join(' ')
      told = env['rack.input'].read if env['REQUEST_METHOD'] == 'POST'
      length = { 'content-length' => told.bytesize.to_s } if Rack.release < '3' # Lint made any body an enumerated one
      [200, { 'content-type' => 'text/plain', **length.to_h }, [told]]
    end
  end

  def dial(path)
    RawClient.new(Socket.unix(path)).tap { |client| clients << client }
  end

  each_engine do
    it 'may be a unix socket, whose clients are on this machine' do
      serve(telling, binds: ["unix://#{path}"])
      client = dial(path)
      expect(client.request(raw('GET /a HTTP/1.0', 'Connection: keep-alive')).body).to eq('127.0.0.1 localhost 80 /a')
      expect(client.request(raw('GET /b HTTP/1.1', 'Host: example.org')).body).to eq('127.0.0.1 example.org 80 /b')
    end

    it 'carry large bodies over a unix socket, both ways' do
      serve(telling, binds: ["unix://#{path}"])
      body = 'x' * 3_000_000
      client = dial(path)
      response = client.request(raw('POST / HTTP/1.1', 'Host: a', "Content-Length: #{body.bytesize}", body: body))
      expect(response.body).to eq(body)
    end

    it 'answer static routes, files and refusals over a unix socket' do
      file = File.join(@directory, 'file')
      File.write(file, 'of a file')
      body = Class.new do
        define_method(:to_path) { file }
        define_method(:each) { |&block| block.call(File.read(file)) }
      end
      static_route('/static', 'static')
      serve(->(_env) { [200, { 'content-type' => 'text/plain' }, body.new] }, binds: ["unix://#{path}"])
      client = dial(path)
      expect(client.get('/static').body).to eq('static')
      expect(client.get('/file').body).to eq('of a file')
      expect(client.request(raw('GET /no space HTTP/1.1', 'Host: a')).status).to eq(400)
    end

    it 'may be several, with several loops' do
      server = serve(telling, binds: ['tcp://127.0.0.1:0', 'tcp://127.0.0.2:0', "unix://#{path}"], loops: 2)
      ports = server.server.urls.take(2).map { |url| url[/\d+\z/].to_i }
      expect(connect(ports[0]).get('/').status).to eq(200)
      expect(connect(ports[1], host: '127.0.0.2').get('/').status).to eq(200)
      4.times { expect(dial(path).get('/').status).to eq(200) }
    end

    it 'refuse connections, and leave no file, when the server has ended' do
      server = serve(telling, binds: ['tcp://127.0.0.1:0', "unix://#{path}"])
      idle = dial(path).tap { |client| client.get('/') }
      port = server.port
      server.stop
      expect(idle.ending).to eq(:eof)
      expect(File.exist?(path)).to be(false)
      expect { RawClient.open(port) }.to raise_error(Errno::ECONNREFUSED)
    end

    it 'stay open when others go on accepting from them' do
      listener = Hyperion::Listener.open(['tcp://127.0.0.1:0', "unix://#{path}"]).keep
      serve(telling, listener: listener).stop
      early = connect(listener.port).write(raw('GET /early HTTP/1.1', 'Host: a'))
      early_too = dial(path).write(raw('GET /early HTTP/1.1', 'Host: a'))

      serve(telling, listener: listener)
      expect([early, early_too].map { |client| client.response.body }).to all(end_with('/early'))
      stop_servers
      listener.close
    end

    it 'may be served beside the server\'s own for a while' do
      server = serve(telling)
      listener = Hyperion::Listener.open(['tcp://127.0.0.1:0'])
      port = listener.port
      loop = server.server.serve_too(listener)
      client = connect(port)
      expect(client.get('/beside').body).to end_with('/beside')
      loop.stop(10, 5)
      expect(client.get('/last')).to be_closes
      eventually { expect { RawClient.open(port).close }.to raise_error(Errno::ECONNREFUSED) }
      expect(get(server, '/own').body).to end_with('/own')
    end

    it 'are no more served beside its own when the server has ended' do
      server = serve(telling)
      listener = Hyperion::Listener.open(['tcp://127.0.0.1:0'])
      port = listener.port
      server.server.serve_too(listener)
      client = connect(port).tap { |connection| connection.get('/') }
      server.stop
      expect(client.ending).to eq(:eof)
      expect { RawClient.open(port) }.to raise_error(Errno::ECONNREFUSED)
    end
  end
end
