# frozen_string_literal: true

RSpec.describe 'Hijacked connections' do
  # Requests of any kind, and those that ask for another protocol.
  requests = {
    'a plain request' => ['GET / HTTP/1.1', 'Host: a'],
    'an Upgrade' => ['GET / HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: echo']
  }

  # Takes the connection, and gives it to a thread that echoes until the end.
  def echo
    lambda do |env|
      io = env['rack.hijack'].call
      Thread.new do
        while (bytes = io.readpartial(1000))
          io.write(bytes.upcase)
        end
      rescue IOError, SystemCallError
        io.close
      end
      [200, {}, []]
    end
  end

  each_engine do
    requests.each do |what, lines|
      it "are the application's from then on: #{what}" do
        client = connect(serve(echo)).write(raw(*lines))
        client.write('hello')
        expect(client.take(5)).to eq('HELLO')
        client.write('more')
        expect(client.take(4)).to eq('MORE')
        expect(client.close_write.ending).to eq(:eof)
      end

      it "begin with what was received behind the request: #{what}" do
        client = connect(serve(echo)).write("#{raw(*lines)}early")
        expect(client.take(5)).to eq('EARLY')
        client.write('late')
        expect(client.take(4)).to eq('LATE')
      end

      it "show early bytes to read_nonblock and select, too: #{what}" do
        app = lambda do |env|
          io = env['rack.hijack'].call
          ready = io.wait_readable(5)
          io.write("#{ready ? 'ready ' : ''}#{io.read_nonblock(100)}")
          io.close
          [200, {}, []]
        end
        client = connect(serve(app)).write("#{raw(*lines)}early")
        expect(client.take_rest).to eq('ready early')
      end

      it "occupy no thread once the application has returned: #{what}" do
        server = serve(echo, thread_count: 1)
        clients = Array.new(5) { connect(server).write(raw(*lines)) }
        clients.each { |client| expect(client.write('x').take(1)).to eq('X') }
      end

      it "are written head first where the response has rack.hijack: #{what}" do
        app = lambda do |env|
          expect(env['rack.hijack?']).to be(true)
          hijack = lambda do |io|
            io.write('raw')
            io.close
          end
          [200, { 'x-a' => 'b', 'rack.hijack' => hijack }, []]
        end
        response = connect(serve(app)).request(raw(*lines))

        expect(response.names).not_to include('rack.hijack', 'content-length', 'transfer-encoding')
        expect(response).to have_attributes(status: 200, body: 'raw', closes?: true)
      end

      it "may change the protocol by rack.hijack and 101: #{what}" do
        hijack = ->(io) { io.write(io.readpartial(100).upcase) && io.close }
        app = ->(_env) { [101, { 'connection' => 'Upgrade', 'upgrade' => 'echo', 'rack.hijack' => hijack }, []] }
        client = connect(serve(app, lint: false))
        response = client.request(raw(*lines))

        expect([response.status, response['connection'], response['upgrade']]).to eq([101, 'upgrade', 'echo'])
        expect(client.write('hello').take_rest).to eq('HELLO')
      end
    end

    it 'may be taken by another thread while the application runs' do
      app = lambda do |env|
        Thread.new do
          io = env['rack.hijack'].call
          io.write(io.readpartial(100).upcase)
          io.close
        end.join
        [200, {}, ['ignored']]
      end
      client = connect(serve(app)).write("#{raw('GET / HTTP/1.1', 'Host: a')}hello")
      expect(client.take_rest).to eq('HELLO')
    end

    it 'may be taken while the application is returning' do
      gate = self.gate
      app = lambda do |env|
        taking = Thread.new do
          io = env['rack.hijack'].call
          gate.pass
          io.write('mine')
          io.close
        end
        Thread.pass until taking.stop? || env['rack.hijack_io']
        [200, {}, ['ignored']]
      end
      client = connect(serve(app)).write(raw('GET / HTTP/1.1', 'Host: a'))
      gate.let_one_pass
      expect(client.take_rest).to eq('mine')
    end

    it 'may be taken later, when the status is -1' do
      envs = Thread::Queue.new
      body = ClosableBody.new([])
      app = lambda do |env|
        envs << env
        [-1, {}, body]
      end
      client = connect(serve(app, lint: false)).write("#{raw('GET / HTTP/1.1', 'Host: a')}early")
      env = envs.pop
      expect(body.closed.pop).to be(true)
      io = env['rack.hijack'].call
      expect([io.readpartial(100), env['rack.hijack'].call, env['rack.hijack_io']]).to eq(['early', io, io])
      io.write('late')
      io.close
      expect(client.take_rest).to eq('late')
    end

    it 'are not to be had once the request is answered, whatever the connection does by then' do
      envs = Thread::Queue.new
      gate = self.gate
      app = lambda do |env|
        envs << env
        gate.pass if env['PATH_INFO'] == '/second'
        [200, {}, ['answered']]
      end
      client = connect(serve(app))
      client.get('/first')
      client.write(raw('GET /second HTTP/1.1', 'Host: a'))
      first = envs.pop
      second = envs.pop

      expect { first['rack.hijack'].call }.to raise_error(Hyperion::Error, /answered/)
      gate.let_one_pass
      expect(client.response.body).to eq('answered')
      eventually { expect { second['rack.hijack'].call }.to raise_error(Hyperion::Error, /answered/) }
    end

    it 'have the request\'s body in rack.input' do
      app = lambda do |env|
        io = env['rack.hijack'].call
        io.write(env['rack.input'].read)
        io.close
        [200, {}, []]
      end
      client = connect(serve(app)).write(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', body: 'body'))
      expect(client.take_rest).to eq('body')
    end

    it 'are sockets that know their ends' do
      app = lambda do |env|
        io = env['rack.hijack'].call
        io.write(io.remote_address.ip_port.to_s)
        env['rack.hijack'].call.close
        [200, {}, []]
      end
      expect(connect(serve(app)).write(raw('GET / HTTP/1.1', 'Host: a')).take_rest).to match(/\A\d+\z/)
    end

    it 'are in rack.hijack_io, as Rack 2 has it' do
      app = lambda do |env|
        env['rack.hijack'].call
        env['rack.hijack_io'].write('x')
        env['rack.hijack_io'].close
        [-1, {}, []]
      end
      expect(connect(serve(app, lint: false)).write(raw('GET / HTTP/1.1', 'Host: a')).take_rest).to eq('x')
    end

    it 'may be taken by a copy of what rack.hijack has' do
      app = lambda do |env|
        env['rack.hijack'].dup.clone.call.tap { |io| io.write('x') }.close
        [200, {}, []]
      end
      expect(connect(serve(app, lint: false)).write(raw('GET / HTTP/1.1', 'Host: a')).take_rest).to eq('x')
    end

    it 'get no answer of ours when the application raises' do
      taken = Thread::Queue.new
      app = lambda do |env|
        taken << env['rack.hijack'].call
        raise 'after the hijack'
      end
      client = connect(serve(app)).write(raw('GET / HTTP/1.1', 'Host: a'))
      io = taken.pop
      eventually { expect(log.to_s).to include('after the hijack') }
      io.write('mine')
      io.close

      expect(client.take_rest).to eq('mine')
    end

    it 'are closed when what rack.hijack has raises' do
      app = ->(_env) { [200, { 'rack.hijack' => ->(_io) { raise 'broken hijack' } }, []] }
      expect(get(serve(app), '/').body).to eq('')
      eventually { expect(log.to_s).to include('broken hijack') }
    end

    it 'have the ignored body closed' do
      body = ClosableBody.new([])
      app = lambda do |env|
        env['rack.hijack'].call.close
        [200, {}, body]
      end
      connect(serve(app)).write(raw('GET / HTTP/1.1', 'Host: a')).ending
      expect(body.closed.pop).to be(true)
    end

    it 'answer pipelined requests before them first' do
      app = ->(env) { env['PATH_INFO'] == '/hijack' ? echo.call(env) : [200, {}, ['first']] }
      client = connect(serve(app))
      client.write("#{raw('GET / HTTP/1.1', 'Host: a')}#{raw('GET /hijack HTTP/1.1', 'Host: a')}rest")

      expect(client.response.body).to eq('first')
      expect(client.take(4)).to eq('REST')
    end

    it 'do not keep a server from its end, nor does the end close them' do
      server = serve(echo, shutdown_timeout: 5)
      client = connect(server).write("#{raw('GET / HTTP/1.1', 'Host: a')}x")
      expect(client.take(1)).to eq('X')

      expect(seconds { server.stop }).to be < 2
      expect(client.write('still there').take(11)).to eq('STILL THERE')
    end

    it 'leave no descriptor behind' do
      server = serve(echo)
      get_one = lambda do |_|
        client = connect(server).write("#{raw('GET / HTTP/1.1', 'Host: a')}x")
        client.take(1)
        client.close_write.ending
      end
      get_one.call(0)
      before = descriptors
      20.times(&get_one)
      close_clients
      eventually { expect(descriptors).to be <= before }
    end

    it 'change to the protocol of rack.protocol', if: Rack.release >= '3.1' do
      app = lambda do |env|
        chosen = env['rack.protocol'].first
        [101, { 'rack.protocol' => chosen }, ->(stream) { stream.write("hello #{chosen}") && stream.close }]
      end
      client = connect(serve(app))
      response = client.request(raw('GET / HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: one, two'))

      expect([response.status, response['connection'], response['upgrade']]).to eq([101, 'upgrade', 'one'])
      expect(client.take_rest).to eq('hello one')
    end
  end
end
