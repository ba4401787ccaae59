# frozen_string_literal: true

RSpec.describe 'The queue' do
  # Answers after it was held, and tells what it ran.
  def held(gate, ran)
    lambda do |env|
      gate.pass if env['PATH_INFO'] == '/hold'
      ran << [env['PATH_INFO'], env['hyperion.queue_time']]
      [200, {}, ['done']]
    end
  end

  let(:ran) { Thread::Queue.new }
  let(:holder) { gate }

  # A server whose only thread is held.
  def serve_held(**options)
    server = serve(held(holder, ran), thread_count: 1, **options)
    first = connect(server).write(raw('GET /hold HTTP/1.1', 'Host: a', 'Connection: close'))
    holder.await
    [server, first]
  end

  def ran_paths
    Array.new(ran.size) { ran.pop.first }
  end

  each_engine(Engine::OWN) do
    it 'tells a request how long it has waited' do
      server, first = serve_held
      second = connect(server).write(raw('GET /late HTTP/1.1', 'Host: a'))
      expect(second).to be_silent(0.1)
      holder.open

      expect([first, second].map { |client| client.response.status }).to eq([200, 200])
      expect(ran.pop.last).to be_a(Float).and be_between(0, 30)
      expect(ran.pop.last).to be_between(0.05, 60)
      second.get('/next')
      expect(ran.pop.last).to be_between(0, 30)
      found = ExpositionReader.new(server.server.metrics)
      expect(found.value('hyperion_queue_duration_seconds_count', route: 'app')).to eq(3)
      expect(found.value('hyperion_queue_duration_seconds_sum', route: 'app')).to be_between(0.05, 60)
    end

    it 'does not run a request that has waited too long, and answers 503' do
      server, first = serve_held(queue_timeout: 0.3)
      second = connect(server).write(raw('POST /late HTTP/1.1', 'Host: a', 'Content-Length: 4', body: 'body'))
      second.silent?(0.5) # what the C loop has to say it says by itself
      holder.open

      expect(first.response.status).to eq(200)
      response = second.response
      expect([response.status, response['retry-after']]).to match([503, a_string_matching(/\A\d+\z/)])
      expect(ran_paths).to eq(['/hold'])
      expect(get(server, '/').status).to eq(200)
      expect(server.server.metrics).to match(/requests_shed_total.*queue_timeout"\S* 1$/)
    end
  end

  each_c_loop do
    it 'answers 503 to whom it has kept too long while no thread comes' do
      server, first = serve_held(queue_timeout: 0.1)
      late = Array.new(3) { connect(server).write(raw('GET /late HTTP/1.1', 'Host: a')) }

      expect(late.map { |client| client.response.status }).to eq([503] * 3)
      expect(server.server.stats[:queue]).to include(timeouts: 3, waited_msec: be >= 300, length: 0)
      holder.open
      expect(first.response.status).to eq(200)
      expect(ran_paths).to eq(['/hold'])
    end

    it 'has no such limit unless configured' do
      server, = serve_held
      second = connect(server).write(raw('GET /late HTTP/1.1', 'Host: a'))
      expect(second).to be_silent(0.2)
      holder.open

      expect(second.response.status).to eq(200)
    end
  end
end
