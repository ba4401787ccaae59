# frozen_string_literal: true

RSpec.describe 'Requests under a Fiber scheduler' do
  def get_of(target)
    raw("GET #{target} HTTP/1.1", 'Host: a')
  end

  # Fibers that wait for an example, by what a scheduler knows.
  def fiber_gate
    Thread::Queue.new.tap { |queue| fiber_gates << queue }
  end

  def fiber_gates
    @fiber_gates ||= []
  end

  def serve_fibers(app, scheduler: -> { TinyScheduler.new }, **options)
    serve(app, fiber_scheduler: scheduler, **options)
  end

  before { fiber_gates.clear }

  # A worker that has died is replaced, and what it did not answer is answered by another.
  after { expect(log.complaints.map { |event| event.fields[:message] }).not_to include('worker thread died') }

  # The gates are open before the server is stopped.
  def open_gates
    fiber_gates.each(&:close)
    super
  end

  def seen(server, count)
    eventually { expect(server.server.stats[:app_requests]).to be >= count }
  end

  each_engine(Engine::OWN) do
    it 'are served in a fiber that does not block' do
      server = serve_fibers(->(_env) { [200, {}, [Fiber.current.blocking?.inspect, Fiber.scheduler.class.name]] })

      expect(get(server, '/').body).to eq('falseTinyScheduler')
    end

    it 'keep their connections, and have bodies' do
      server = serve_fibers(lambda { |env|
        sleep 0.001
        [200, {}, [env['rack.input'].read]]
      }, thread_count: 1)
      client = connect(server)
      bodies = %w[a bb ccc]

      expect(bodies.map do |body|
        client.request(raw('POST / HTTP/1.1', 'Host: a', "Content-Length: #{body.bytesize}", body: body)).body
      end).to eq(bodies)
    end

    it 'may schedule fibers of their own' do
      server = serve_fibers(lambda { |_env|
        done = Thread::Queue.new
        3.times { |number| Fiber.schedule { done << (sleep(0.001) && number) } }
        [200, {}, [Array.new(3) { done.pop }.sort.join]]
      })

      expect(get(server, '/').body).to eq('012')
    end

    it 'are answered 500 when they fail, and others are served' do
      server = serve_fibers(->(env) { env['PATH_INFO'] == '/fail' ? raise('broken') : [200, {}, ['fine']] })

      expect(get(server, '/fail').status).to eq(500)
      expect(get(server, '/').body).to eq('fine')
    end

    it 'do not keep a server from ending' do
      server = serve_fibers(Servers::HELLO)
      get(server, '/')
      expect(seconds { server.stop }).to be < 1.5
    end

    it 'stream to clients that read slowly' do
      piece = 'x' * 100_000
      body = Class.new do
        define_method(:each) { |&block| 50.times { block.call(piece) } }
      end
      server = serve_fibers(->(_env) { [200, {}, body.new] }, thread_count: 1)
      client = connect(server, receive_buffer: 65_536).write(get_of('/'))

      expect(client.response.body.bytesize).to eq(5_000_000)
      expect(get(server, '/').body.bytesize).to eq(5_000_000)
    end
  end

  each_c_loop do
    it 'are many at a time in one thread' do
      held = fiber_gate
      server = serve_fibers(->(_env) { [200, {}, [held.pop.to_s]] }, thread_count: 1)
      waiting = Array.new(20) { connect(server).write(get_of('/')) }
      seen(server, 20)
      20.times { |number| held << number }

      expect(waiting.map { |client| client.response.body.to_i }.sort).to eq((0...20).to_a)
    end

    it 'are at most as many as configured' do
      held = fiber_gate
      begun = Thread::Queue.new
      server = serve_fibers(lambda { |_env|
        begun << true
        [200, {}, [held.pop]]
      }, thread_count: 1, fibers: 3)
      waiting = Array.new(5) { connect(server).write(get_of('/')) }
      seen(server, 5)
      3.times { begun.pop }
      expect(waiting.any? { |client| !client.silent?(0.05) } || begun.size.positive?).to be(false)
      held << 'one'
      begun.pop
      4.times { held << 'more' }

      expect(waiting.map { |client| client.response.body }).to contain_exactly('one', *['more'] * 4)
    end

    it 'run on while a stream waits for its client' do
      piece = ('x' * 100_000).freeze
      endless = Enumerator.new { |pieces| loop { pieces << piece } }
      server = serve_fibers(->(env) { [200, {}, env['PATH_INFO'] == '/endless' ? endless : ['done']] },
                            thread_count: 1)
      slow = connect(server, receive_buffer: 65_536).write(get_of('/endless'))
      slow.read_exactly(1000)

      expect(Array.new(5) { get(server, '/').body }).to all(eq('done'))
      slow.close
      expect(get(server, '/').body).to eq('done')
    end

    it 'hijack the connection that is theirs' do
      held = fiber_gate
      server = serve_fibers(lambda { |env|
        held.pop
        io = env['rack.hijack'].call
        io.write("#{env['QUERY_STRING']}\n")
        io.close
        [200, {}, []]
      }, thread_count: 1)
      waiting = Array.new(3) { |number| connect(server).write(get_of("/?#{number}")) }
      seen(server, 3)
      3.times { held << true }

      expect(waiting.map { |client| client.read_exactly(2) }).to eq(%W[0\n 1\n 2\n])
    end

    it 'wait neither for one that computes, when there are more threads' do
      done = Thread::Queue.new
      server = serve_fibers(lambda { |env|
        nil while env['PATH_INFO'] == '/spin' && done.empty?
        [200, {}, ['done']]
      }, thread_count: 2)
      spinning = connect(server).write(get_of('/spin'))
      seen(server, 1)

      expect(Array.new(3) { get(server, '/').body }).to all(eq('done'))
      done << true
      expect(spinning.response.body).to eq('done')
    end

    it 'are answered, each somehow, when one kills their thread' do
      held = fiber_gate
      server = serve_fibers(lambda { |env|
        held.pop if env['PATH_INFO'] == '/held'
        Thread.current.kill if env['PATH_INFO'] == '/kill'
        [200, {}, ['fine']]
      }, thread_count: 1)
      others = Array.new(3) { connect(server).write(get_of('/held')) }
      seen(server, 3)
      expect(get(server, '/kill').status).to eq(500)
      3.times { held << true }

      expect(others.map { |client| client.response.status }).to all(eq(200).or(eq(500)))
      expect(get(server, '/').body).to eq('fine')
      kept = others.select { |client| client.silent?(0.05) }
      expect(kept.map { |client| client.get('/').body }).to all(eq('fine'))
    end

    it 'are ended, and no others, when somebody kills their thread' do
      held = fiber_gate
      begun = Thread::Queue.new
      endless = Enumerator.new { |pieces| loop { pieces << ('x' * 100_000) } }
      server = serve_fibers(lambda { |env|
        held.pop if env['PATH_INFO'] == '/held' && begun << true
        [200, {}, env['PATH_INFO'] == '/endless' ? endless : ['fine']]
      }, thread_count: 1)
      slow = connect(server, receive_buffer: 65_536).write(get_of('/endless'))
      slow.read_exactly(1000)
      waiting = connect(server).write(get_of('/held'))
      begun.pop
      Thread.list.find { |thread| thread.name == 'hyperion worker 1' }.kill

      expect(waiting.response.status).to eq(500)
      expect { slow.take(1_000_000_000) }.to raise_error(RawClient::Ended)
      GC.start
      held << true
      expect(Array.new(3) { get(server, '/').body }).to all(eq('fine'))
    end

    it 'are watched one by one' do
      told = Thread::Queue.new
      runtime = Hyperion::Runtime.new(logger: log)
      runtime.on_request_timeout { |env, _thread, _seconds| told << env['QUERY_STRING'] }
      held = fiber_gate
      server = serve_fibers(->(_env) { [200, {}, [held.pop]] }, thread_count: 1, runtime: runtime,
                                                                request_timeout: 0.05)
      Array.new(3) { |number| connect(server).write(get_of("/?#{number}")) }

      expect(Array.new(3) { told.pop }.sort).to eq(%w[0 1 2])
    end
  end
end
