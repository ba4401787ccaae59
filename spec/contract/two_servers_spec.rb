# frozen_string_literal: true

RSpec.describe 'Two servers in one process' do
  def table
    before = Hyperion::Server.route_table
    Hyperion::Server.route_table = Hyperion::Server::RouteTable.new
    yield
    Hyperion::Server.route_table
  ensure
    Hyperion::Server.route_table = before
  end

  def named(name)
    ->(_env) { [200, {}, [name]] }
  end

  each_engine do
    it 'have their own applications, routes and hooks' do
      told = Thread::Queue.new
      first, second = %w[first second].map do |name|
        runtime = Hyperion::Runtime.new(logger: log)
        runtime.on_request_start { |request, _| told << [name, request.path] }
        routes = table do
          static_route('/static', "static of #{name}")
          static_route("/#{name}", 'mine')
          route_block(:GET, '/block') { [200, {}, ["block of #{name}"]] }
        end
        serve(named(name), route_table: routes, runtime: runtime)
      end

      expect(%w[/static /block /first /second /app].map { |target| get(first, target).body })
        .to eq(['static of first', 'block of first', 'mine', 'first', 'first'])
      expect(%w[/static /block /first /second /app].map { |target| get(second, target).body })
        .to eq(['static of second', 'block of second', 'second', 'mine', 'second'])
      calls = Array.new(10) { patiently { told.pop } }
      expect(calls.map(&:first).tally).to eq('first' => 5, 'second' => 5)
    end

    it 'go their own ways: one stops, the other serves on' do
      first = serve(named('first'))
      second = serve(named('second'))
      client = connect(second)
      expect(client.get('/').body).to eq('second')
      expect(get(first, '/').body).to eq('first')
      first.stop

      expect(client.get('/').body).to eq('second')
      expect(get(second, '/').body).to eq('second')
      expect(get(serve(named('third')), '/').body).to eq('third')
    end

    it 'have their own limits' do
      strict = serve(max_target_bytes: 10)
      generous = serve

      expect(get(strict, "/#{'a' * 20}").status).to eq(414)
      expect(get(generous, "/#{'a' * 20}").status).to eq(200)
    end

    it 'have their own workers' do
      held = gate
      first = serve(->(_env) { held.pass([200, {}, ['first']]) }, thread_count: 1)
      second = serve(named('second'), thread_count: 1)
      stuck = connect(first).write(raw('GET / HTTP/1.1', 'Host: a'))
      held.await

      expect(get(second, '/').body).to eq('second')
      held.open
      expect(stuck.response.body).to eq('first')
    end

    it 'do not disturb a loop that is run by hand' do
      Hyperion::Http::PageCache.register_prebuilt('/cached', "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\ncached", 6)
      by_hand = run_by_hand
      server = serve(named('server'))

      expect(get(by_hand, '/cached').body).to eq('cached')
      expect(get(server, '/cached').body).to eq('server')
      server.stop
      expect(get(by_hand, '/cached').body).to eq('cached')
      Hyperion::Http::PageCache.stop_accept_loop
      expect(by_hand.outcome).to eq(2)
    end

    it 'are not stopped by stop_accept_loop' do
      server = serve(named('server'))
      expect(get(server, '/').body).to eq('server')
      Hyperion::Http::PageCache.stop_accept_loop
      expect(get(server, '/').body).to eq('server')
    end
  end

  it 'may be of two engines' do
    ruby = nil
    Engine::RUBY.select do
      ruby = serve(named('ruby'))
      expect(get(ruby, '/').body).to eq('ruby')
    end
    c = serve(named('c'))

    expect([get(ruby, '/'), get(c, '/')].map(&:body)).to eq(%w[ruby c])
    expect([ruby, c].map { |running| running.server.loop_name }.first).to eq('ruby')
    expect(c.server.loop_name).not_to eq('ruby')
  end
end
