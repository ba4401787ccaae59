# frozen_string_literal: true

RSpec.describe 'The queue' do
  each_engine do
    it 'tells a request how long it has waited' do
      times = Thread::Queue.new
      app = lambda do |env|
        times << env['hyperion.queue_time']
        [200, {}, []]
      end
      get(serve(app), '/')
      expect(times.pop).to be_a(Float).and be_between(0, 30)
    end
  end

  each_c_loop do
    def held(gate, ran)
      lambda do |env|
        gate.pass if env['PATH_INFO'] == '/hold'
        ran << [env['PATH_INFO'], env['hyperion.queue_time']]
        [200, {}, ['done']]
      end
    end

    it 'answers 503, without running it, a request that has waited too long' do
      holder = Gate.new
      ran = Thread::Queue.new
      server = serve(held(holder, ran), thread_count: 1, queue_timeout: 1)
      first = connect(server).write(raw('GET /hold HTTP/1.1', 'Host: a'))
      holder.await
      second = connect(server).write(raw('GET /late HTTP/1.1', 'Host: a'))
      expect(second).to be_silent(1.2)
      holder.open

      expect(first.response.status).to eq(200)
      response = second.response
      expect([response.status, response['retry-after']]).to match([503, a_string_matching(/\A\d+\z/)])
      expect(Array.new(ran.size) { ran.pop.first }).to eq(['/hold'])
      expect(server.server.stats[:queue]).to include(timeouts: 1, waited_msec: be >= 1000)
    end

    it 'has no such limit unless configured' do
      holder = Gate.new
      ran = Thread::Queue.new
      server = serve(held(holder, ran), thread_count: 1)
      connect(server).write(raw('GET /hold HTTP/1.1', 'Host: a'))
      holder.await
      second = connect(server).write(raw('GET /late HTTP/1.1', 'Host: a'))
      expect(second).to be_silent(0.1)
      holder.open

      expect(second.response.status).to eq(200)
      ran.pop
      expect(ran.pop.last).to be_between(0.05, 60)
    end
  end
end
