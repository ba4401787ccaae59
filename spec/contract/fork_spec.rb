# frozen_string_literal: true

RSpec.describe 'Forking', if: Process.respond_to?(:fork) do
  # Runs a server in this process, and answers the bodies of a static route and of the application.
  def bodies_of_a_server
    running = RunningServer.new(Servers::HELLO, log: log, **engine.options).start
    client = RawClient.open(running.port)
    bodies = %w[/static /app].map { |target| client.get(target).body }
    client.close
    running.stop
    bodies
  end

  before { static_route('/static', 'static') }

  each_engine do
    it 'after the library was required is safe' do
      expect(in_child { bodies_of_a_server }).to eq(%w[static hello])
    end

    it 'after servers have run and ended is safe' do
      expect(bodies_of_a_server).to eq(%w[static hello])
      expect(in_child { bodies_of_a_server }).to eq(%w[static hello])
      expect(bodies_of_a_server).to eq(%w[static hello])
    end

    it 'while a server runs leaves it alone, whatever the child does' do
      server = serve
      client = connect(server)
      expect(client.get('/app').body).to eq('hello')
      in_child do
        GC.start
        Hyperion::Http::PageCache.stop_accept_loop
        true
      end

      expect(client.get('/app').body).to eq('hello')
      expect(get(server, '/static').body).to eq('static')
    end

    it 'while a server runs lets the child have its own' do
      server = serve
      expect(get(server, '/app').body).to eq('hello')

      expect(in_child { bodies_of_a_server }).to eq(%w[static hello])
      expect(get(server, '/app').body).to eq('hello')
    end

    it 'while a server is busy lets the child have its own' do
      held = gate
      server = serve(->(env) { env['PATH_INFO'] == '/held' ? held.pass([200, {}, ['late']]) : [200, {}, ['hello']] })
      client = connect(server).write(raw('GET /held HTTP/1.1', 'Host: a'))
      held.await

      expect(in_child { bodies_of_a_server }).to eq(%w[static hello])
      held.open
      expect(client.response.body).to eq('late')
    end

    it 'lets a child exit in the normal way' do
      server = serve
      expect(get(server, '/app').body).to eq('hello')
      pid = fork { Kernel.exit(7) }
      _, status = Process.wait2(pid)

      expect(status.exitstatus).to eq(7)
      expect(get(server, '/app').body).to eq('hello')
    end
  end

  it 'lets the child run a loop by hand' do
    Hyperion::Http::PageCache.register_prebuilt('/', "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 2)
    by_hand = run_by_hand
    expect(get(by_hand, '/').body).to eq('ok')
    answer = in_child do
      mine = LoopByHand.new
      client = RawClient.open(mine.port)
      [client.get('/').body, mine.stop]
    end

    expect(answer).to eq(['ok', 1])
    expect(get(by_hand, '/').body).to eq('ok')
    expect(by_hand.stop).to eq(2)
  end

  it 'counts requests of the process alone' do
    Hyperion::Http::PageCache.reset_c_loop_requests_total!
    get(serve, '/static')
    expect(in_child { Hyperion::Http::PageCache.c_loop_requests_total }).to eq(0)
  end
end
