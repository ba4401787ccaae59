# frozen_string_literal: true

require 'json'

RSpec.describe 'The health route' do
  # An application that computes until it is told to end, and never lets another thread run of its own accord.
  def busy(arrived, ended)
    lambda do |_env|
      arrived << true
      Math.sqrt(rand) until ended.closed?
      [200, {}, ['done']]
    end
  end

  def reason(response)
    JSON.parse(response.body)['reason']
  end

  each_engine do
    it 'answers GET and HEAD with 200 while workers take requests' do
      client = connect(serve(health_path: '/up'))
      response = client.get('/up')
      expect([response.status, response.body, response['content-type'], response['cache-control']])
        .to eq([200, "{\"status\":\"ok\"}\n", 'application/json', 'no-store'])
      expect(client.get('/up', method: 'HEAD').status).to eq(200)
      expect(client.get('/other').body).to eq('hello')
    end

    it 'leaves its path to the application unless it is configured' do
      expect(get(serve, '/up').body).to eq('hello')
    end

    it 'goes before a route of the same path' do
      static_route('/up', 'mine')
      expect(get(serve(health_path: '/up'), '/up').body).to include('"ok"')
    end
  end

  each_c_loop do
    it 'answers within 10 ms while every worker is busy' do
      arrived = Thread::Queue.new
      ended = Thread::Queue.new
      server = serve(busy(arrived, ended), thread_count: 3, health_path: '/up')
      probe = connect(server)
      probe.get('/up')
      clients = Array.new(3) { connect(server).write(raw('GET / HTTP/1.1', 'Host: a')) }
      3.times { arrived.pop }
      probing = "c = TCPSocket.new('127.0.0.1', #{server.port}); #{<<~'RUBY'}"
        puts(Array.new(50) do
          start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
          c.write("GET /up HTTP/1.1\r\nHost: a\r\n\r\n")
          raise 'not well' unless c.readpartial(4096).start_with?('HTTP/1.1 200')
          Process.clock_gettime(Process::CLOCK_MONOTONIC) - start
        end.sort[25])
      RUBY
      median = IO.popen([RbConfig.ruby, '-rsocket', '-e', probing], &:read).to_f
      ended.close
      expect(median).to be_between(0.000001, 0.010)
      expect(clients.map { |client| client.response.status }).to all(eq(200))
    end

    it 'answers 503 while a request has waited for too long, and 200 again when none does' do
      holder = gate
      app = lambda do |_env|
        holder.pass
        [200, {}, ['done']]
      end
      server = serve(app, thread_count: 1, health_path: '/up', health_queue_limit: 0.2)
      first = connect(server).write(raw('GET / HTTP/1.1', 'Host: a'))
      holder.await
      probe = connect(server)
      expect(probe.get('/up').status).to eq(200)
      second = connect(server).write(raw('GET / HTTP/1.1', 'Host: a'))
      eventually do # on a busy machine Ruby may not have run meanwhile, and it says so
        response = probe.get('/up')
        expect([response.status, reason(response), response['retry-after']]).to match([503, 'behind', /\A\d+\z/])
      end

      holder.open
      expect([first, second].map { |client| client.response.status }).to eq([200, 200])
      eventually { expect(probe.get('/up').status).to eq(200) }
    end

    it 'says that the server drains' do
      holder = gate
      app = lambda do |_env|
        holder.pass
        [200, {}, ['done']]
      end
      server = serve(app, health_path: '/up')
      client = connect(server).write(raw('GET / HTTP/1.1', 'Host: a'))
      holder.await
      before = server.server.stats[:bytes_in]
      probe = connect(server).write("GET /up HTTP/1.1\r\n")
      eventually { expect(server.server.stats[:bytes_in]).to be > before }
      stopping = Thread.new { server.server.stop }
      eventually { expect { connect(server) }.to raise_error(SystemCallError) }
      response = probe.request("Host: a\r\n\r\n", head_only: false)
      expect([response.status, reason(response), response.closes?]).to eq([503, 'draining', true])
      holder.open
      expect(client.response.status).to eq(200)
      stopping.join
    end
  end

  # A process of its own, since nothing here could probe while Ruby does not run.
  def held
    <<~'RUBY'
      require 'hyperion'
      require 'fiddle'
      int = Fiddle::TYPE_INT
      read = Fiddle::Function.new(Fiddle.dlopen(nil)['read'], [int, Fiddle::TYPE_VOIDP, int], int, need_gvl: true)
      server = Hyperion::Server.new(app: nil, port: 0, health_path: '/up', health_queue_limit: 0.3)
      server.listen
      Thread.new { server.start }
      $stdout.sync = true
      puts server.port
      gets
      read.call(0, Fiddle.malloc(1), 1)
      puts 'runs again'
      gets
      gets
    RUBY
  end

  it 'answers 503 of a process whose Ruby does not run, and 200 again when it does' do
    IO.popen([RbConfig.ruby, '-Ilib', '-e', held], 'r+') do |process|
      probe = connect(Integer(process.gets))
      expect(probe.get('/up').status).to eq(200)
      process.puts
      response = nil
      eventually { expect((response = probe.get('/up')).status).to eq(503) }
      expect(reason(response)).to eq('stuck')
      process.puts
      process.gets
      eventually { expect(probe.get('/up').status).to eq(200) }
      process.puts
    end
  end
end
