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

    # Asks as fast as it is answered until the example ends.
    def ask_steadily(server)
      start_process(RbConfig.ruby, '-e', <<~RUBY)
        require 'socket'
        request = "GET /app HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"
        last = request.sub("\\r\\n\\r\\n", "\\r\\nConnection: close\\r\\n\\r\\n")
        $stdout.sync = true
        loop do
          sockets = Array.new(10) { Socket.tcp('127.0.0.1', #{server.port}) }
          sockets.each { |socket| socket.write(request * 99 + last) }
          puts sockets.sum { |socket| socket.read.scan('HTTP/1.1 200').size }
          sockets.each(&:close)
        end
      RUBY
    end

    # Its thread is that of a worker, whose queue's lock another thread may have had.
    it 'in a request lets the child sleep and run threads, while others ask' do
      app = lambda { |env|
        next [200, {}, ['hello']] if env['PATH_INFO'] != '/fork'

        slept = in_child { Array.new(100) { sleep 0.0001 }.size + Thread.new { 1 }.value }
        [200, {}, [slept.to_s]]
      }
      server = serve(app, thread_count: 2)
      asking = ask_steadily(server)
      asking.await_output(/^1000$/)

      expect(Array.new(5) { get(server, '/fork').body }).to all(eq('101'))
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
