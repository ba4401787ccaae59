# frozen_string_literal: true

# What an application does to the thread that serves it costs that request, and no other.
RSpec.describe 'An application' do
  def logged
    log.complaints.map { |event| event.fields[:message] }
  end

  # Another request is under way meanwhile, and more come after it.
  def lose(server, held, target = '/lose')
    other = connect(server).write(raw('GET /held HTTP/1.1', 'Host: a'))
    held.await
    yield connect(server).write(raw("GET #{target} HTTP/1.1", 'Host: a'))
    held.open
    expect(other.response.body).to eq('fine')
    expect(Array.new(5) { get(server, '/').body }).to all(eq('fine'))
    eventually { expect(server.server.stats[:threads][:running]).to eq(2) } unless engine.pool
  end

  def app(held, &losing)
    lambda do |env|
      losing.call if env['PATH_INFO'] == '/lose'
      held.pass if env['PATH_INFO'] == '/held'
      [200, {}, ['fine']]
    end
  end

  {
    'kills its thread' => -> { Thread.current.kill },
    'ends its thread' => -> { Thread.exit },
    'throws what nobody catches' => -> { throw :nowhere },
    'exits' => -> { exit 3 },
    'aborts' => -> { raise SystemExit },
    'raises Interrupt' => -> { raise Interrupt },
    'raises SignalException' => -> { raise SignalException, 'TERM' },
    'raises NoMemoryError' => -> { raise NoMemoryError },
    'raises SystemStackError' => lambda {
      deeper = -> { deeper.call + 1 }
      deeper.call
    },
    'is ended by Timeout' => -> { Timeout.timeout(0.01) { sleep } },
    'raises into its thread' => -> { Thread.current.raise('into it') },
    'is raised into by another thread' => lambda {
      victim = Thread.current
      Thread.new { victim.raise(IOError, 'from elsewhere') }
      sleep
    },
    'is killed by another thread' => lambda {
      victim = Thread.current
      Thread.new { victim.kill }
      sleep
    }
  }.each do |what, losing|
    each_engine do
      it "that #{what} is answered 500, and others are served" do
        held = gate
        server = serve(app(held, &losing), thread_count: 2, lint: false)
        lose(server, held) { |client| expect(client.response.status).to eq(500) }
      end

      it "that #{what} amid its answer has it cut, and others are served" do
        held = gate
        body = Enumerator.new do |pieces|
          pieces << 'first'
          losing.call
        end
        server = serve(lambda { |env|
          held.pass if env['PATH_INFO'] == '/held'
          [200, {}, env['PATH_INFO'] == '/lose' ? body : ['fine']]
        }, thread_count: 2, lint: false)
        lose(server, held) { |client| expect { client.response }.to raise_error(RawClient::Ended) }
      end
    end
  end

  # Where a thread is one connection's, and its caller's, the connection is lost with it.
  each_engine(Engine::OWN) do
    it 'whose body kills its thread when it is closed takes neither others along nor its connection' do
      held = gate
      body = Class.new do
        define_method(:each) { |&block| block.call('all') }
        define_method(:close) { Thread.current.kill }
      end
      server = serve(lambda { |env|
        held.pass if env['PATH_INFO'] == '/held'
        [200, {}, env['PATH_INFO'] == '/lose' ? body.new : ['fine']]
      }, thread_count: 2, lint: false)
      lose(server, held) { |client| expect([client.response, client.get('/')].map(&:body)).to eq(%w[all fine]) }
    end

    it 'that kills its thread when the response is finished does not take its connection along' do
      held = gate
      server = serve(lambda { |env|
        held.pass if env['PATH_INFO'] == '/held'
        env['rack.response_finished'] << ->(*) { Thread.current.kill } if env['PATH_INFO'] == '/lose'
        [200, {}, ['fine']]
      }, thread_count: 2, lint: false)
      lose(server, held) { |client| expect([client.response, client.get('/')].map(&:body)).to eq(%w[fine fine]) }
    end

    it 'with one thread that is raised into while it idles is served on' do
      server = serve(thread_count: 1)
      worker = nil
      connect(server).tap { |client| client.get('/') }.close
      eventually do
        worker = Thread.list.find { |thread| thread.name == 'hyperion worker 1' }
        expect(worker).not_to be_nil
      end
      worker.raise(ArgumentError, 'while idle')
      eventually { expect(logged).to eq(['worker thread died']) }

      expect(get(server, '/').body).to eq('hello')
    end
  end

  describe 'on the Ruby accept loop' do
    let(:engine) { Engine::RUBY }

    around { |example| Engine::RUBY.select { example.run } }

    def threads(name)
      Thread.list.select { |thread| thread.name&.start_with?(name) }
    end

    it 'that kills the thread which watches idle connections has them served on' do
      server = serve
      clients = Array.new(3) { connect(server).tap { |client| client.get('/') } }
      threads('hyperion reactor').each { |thread| thread.kill.join }

      expect(clients.map { |client| client.get('/').body }).to eq(%w[hello hello hello])
      expect(get(server, '/').body).to eq('hello')
    end

    it 'that kills any thread at any time leaves no connection behind' do
      server = serve(thread_count: 3)
      asking = Array.new(6) { Thread.new { 60.times { ask(server) } } }
      while asking.any?(&:alive?)
        threads('hyperion').sample&.kill
        IO.select(nil, nil, nil, rand * 0.01)
      end

      eventually { expect(server.server.stats).to include(open: 0, waiting: 0) }
      expect(get(server, '/').body).to eq('hello')
    end

    # Some answers are lost.
    def ask(server)
      client = RawClient.open(server.port)
      3.times { client.get('/') }
    rescue RawClient::Ended, SystemCallError
      nil
    ensure
      client&.close
    end
  end
end
