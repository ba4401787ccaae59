# frozen_string_literal: true

RSpec.describe 'The number of threads' do
  def threads_of(server)
    server.server.stats[:threads]
  end

  def hold(server)
    connect(server).write(raw('GET /held HTTP/1.1', 'Host: a'))
  end

  # Which threads end is seen quickly only when they need not idle for long.
  def impatient
    stub_const('Hyperion::Foreman::IDLE_SECONDS', 0.05)
  end

  each_engine(Engine::OWN) do
    it 'grows while requests wait, up to the most' do
      held = gate
      server = serve(->(_env) { held.pass([200, {}, ['done']]) }, threads: 1..3)
      waiting = Array.new(3) { hold(server) }

      expect(held.await(3).uniq.size).to eq(3)
      waiting << hold(server)
      expect(waiting.last).to be_silent(0.1)
      expect(threads_of(server)).to include(running: 3, idle: 0, min: 1, max: 3)
      held.open
      expect(waiting.map { |client| client.response.body }).to all(eq('done'))
    end

    it 'grows while the only thread computes' do
      begun = Thread::Queue.new
      done = Thread::Queue.new
      server = serve(lambda { |env|
        begun << true
        nil while env['PATH_INFO'] == '/held' && done.empty?
        [200, {}, ['done']]
      }, threads: 1..2)
      spinning = hold(server)
      eventually { expect(begun.size).to eq(1) }

      expect(get(server, '/').body).to eq('done')
      done << true
      expect(spinning.response.body).to eq('done')
    end

    it 'grows from none' do
      server = serve(threads: 0..2)
      expect(get(server, '/').body).to eq('hello')
    end

    it 'stays while one thread is enough' do
      server = serve(threads: 1..5)
      client = connect(server)
      20.times { client.get('/') }

      expect(threads_of(server)[:running]).to be < 5
    end

    it 'shrinks to the least when they idle, and grows again' do
      impatient
      held = gate
      server = serve(->(_env) { held.pass([200, {}, ['done']]) }, threads: 1..4)
      2.times do
        waiting = Array.new(4) { hold(server) }
        held.await(4)
        4.times { held.let_one_pass }
        waiting.each { |client| expect(client.response.body).to eq('done') }.each(&:close)
        eventually { expect(threads_of(server)).to include(running: 1) }
      end
    end

    it 'shrinks to none' do
      impatient
      server = serve(threads: 0..2)
      2.times do
        connect(server).tap { |client| client.get('/') }.close
        eventually { expect(threads_of(server)).to include(running: 0) }
      end
    end

    it 'stays at a number that does not vary' do
      impatient
      server = serve(threads: 3)
      get(server, '/')
      eventually { expect(threads_of(server)).to include(running: 3, min: 3, max: 3) }
    end

    it 'does not keep a server from ending' do
      server = serve(threads: 1..5)
      get(server, '/')
      expect(seconds { server.stop }).to be < 1.5
    end
  end

  each_c_loop do
    it 'grows before requests have waited too long' do
      held = gate
      server = serve(->(_env) { held.pass([200, {}, ['done']]) }, threads: 1..2, queue_timeout: 5)
      waiting = Array.new(2) { hold(server) }
      held.await(2)
      held.open

      expect(waiting.map { |client| client.response.status }).to eq([200, 200])
      expect(server.server.stats[:queue]).to include(timeouts: 0)
    end

    it 'refuses those that wait too long when it cannot grow any more' do
      held = gate
      server = serve(->(_env) { held.pass([200, {}, ['done']]) }, threads: 1..2, queue_timeout: 0.05)
      waiting = Array.new(2) { hold(server) }
      held.await(2)

      expect(hold(server).response.status).to eq(503)
      held.open
      expect(waiting.map { |client| client.response.status }).to eq([200, 200])
    end
  end
end
