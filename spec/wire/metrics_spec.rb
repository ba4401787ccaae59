# frozen_string_literal: true

RSpec.describe 'Metrics' do
  def metrics(server)
    response = get(server, '/metrics', 'Connection: close')
    expect([response.status, response['content-type']]).to eq([200, 'text/plain; version=0.0.4; charset=utf-8'])
    ExpositionReader.new(response.body)
  end

  each_engine do
    it 'are answered at the path that is configured, and nowhere else' do
      server = serve(metrics_path: '/metrics')
      expect(metrics(server).types.keys).to match_array(Hyperion::Metrics.names)
      expect(get(serve, '/metrics').body).to eq('hello')
    end

    it 'count requests by who answered them, and by their status class' do
      static_route('/static', 'static')
      route_block(:GET, '/gone') { [410, {}, []] }
      server = serve(metrics_path: '/metrics')
      client = connect(server)
      2.times { client.get('/static') }
      client.get('/gone')
      3.times { client.get('/app') }
      client.request("BAD\r\n\r\n")

      found = metrics(server)
      expect(found.value('hyperion_requests_total', kind: 'static')).to eq(2)
      expect(found.value('hyperion_requests_total', kind: 'route')).to eq(2) # with the one for the metrics
      expect(found.value('hyperion_requests_total', kind: 'app')).to eq(3)
      expect(found.value('hyperion_requests_total', kind: 'refused')).to eq(1)
      expect(found.value('hyperion_responses_total', class: '2xx')).to eq(5)
      expect(found.value('hyperion_responses_total', class: '4xx')).to eq(2)
    end

    it 'count what the health route answers, beside which they are answered' do
      server = serve(metrics_path: '/metrics', health_path: '/up')
      client = connect(server)
      2.times { client.get('/up') }

      found = metrics(server)
      expect(found.value('hyperion_requests_total', kind: 'health')).to eq(2)
      expect(found.value('hyperion_responses_total', class: '2xx')).to eq(2)
    end

    it 'tell routes apart, by method and path' do
      static_route('/static', 'static')
      route_block(:POST, '/block') { [200, {}, ['block']] }
      server = serve(metrics_path: '/metrics')
      client = connect(server)
      client.get('/static?query=1')
      2.times { client.get('/block', 'Content-Length: 0', method: 'POST') }

      found = metrics(server)
      expect(found.value('hyperion_route_requests_total', route: 'GET /static')).to eq(1)
      expect(found.value('hyperion_route_requests_total', route: 'POST /block')).to eq(2)
      expect(found.value('hyperion_request_duration_seconds_count', route: 'POST /block')).to eq(2)
    end

    it 'measure how long the application takes, in buckets that add up' do
      server = serve(->(_env) { [200, {}, [sleep(0.01).to_s]] }, metrics_path: '/metrics')
      client = connect(server)
      3.times { client.get('/') }

      found = nil
      eventually do
        found = metrics(server)
        expect(found.value('hyperion_request_duration_seconds_count', route: 'app')).to eq(3)
      end
      buckets = found.all('hyperion_request_duration_seconds_bucket')
      buckets = buckets.select { |labels, _value| labels[:route] == 'app' }.values
      expect(buckets).to eq(buckets.sort)
      expect(buckets.last).to eq(3)
      expect(found.value('hyperion_request_duration_seconds_bucket', route: 'app', le: '0.004096')).to eq(0)
      expect(found.value('hyperion_request_duration_seconds_sum', route: 'app')).to be_between(0.03, 30)
    end

    it 'tell connections by what they wait for' do
      held = gate
      server = serve(->(_env) { held.pass([200, {}, []]) }, metrics_path: '/metrics')
      idle = connect(server)
      idle.get('/metrics')
      connect(server).write("GET / HTTP/1.1\r\n")
      connect(server).write(raw('GET / HTTP/1.1', 'Host: a'))
      held.await

      eventually do
        states = metrics(server).all('hyperion_connections').transform_keys { |labels| labels[:state].to_sym }
        expect(states).to include(idle: 1, reading_head: 1, waiting: 2) # with the one that asks for the metrics
      end
      expect(metrics(server).value('hyperion_busy_threads')).to be >= 2
    end

    it 'count bytes and connections' do
      server = serve(metrics_path: '/metrics')
      client = connect(server)
      5.times { client.get('/') }
      client.close

      found = metrics(server)
      expect(found.value('hyperion_connections_accepted_total')).to eq(2)
      expect(found.value('hyperion_received_bytes_total')).to be > 5 * 30
      expect(found.value('hyperion_sent_bytes_total')).to be > 5 * 60
    end

    it 'count time-outs by their kind' do
      server = serve(metrics_path: '/metrics', head_timeout: 0.05, idle_timeout: 0.05)
      connect(server).write('GET').response
      idle = connect(server)
      idle.get('/')
      idle.ending

      found = metrics(server)
      expect(found.value('hyperion_timeouts_total', kind: 'head')).to eq(1)
      expect(found.value('hyperion_timeouts_total', kind: 'idle')).to be >= 1
    end

    it 'count requests that run for too long' do
      held = gate
      server = serve(->(_env) { held.pass([200, {}, []]) }, request_timeout: 0.02, request_timeout_hard: 0.05)
      clients = Array.new(2) { connect(server).write(raw('GET / HTTP/1.1', 'Host: a')) }
      eventually do
        found = ExpositionReader.new(server.server.metrics)
        expect(found.value('hyperion_timeouts_total', kind: 'request')).to eq(2)
        expect(found.value('hyperion_timeouts_total', kind: 'request_hard')).to eq(2)
      end
      held.open
      clients.each(&:response)
    end

    it 'go on when a server that has ended starts again' do
      server = serve(metrics_path: '/metrics')
      get(server, '/')
      server.stop
      server.start
      get(server, '/')

      expect(metrics(server).value('hyperion_requests_total', kind: 'app')).to eq(2)
    end

    it 'tell the memory and the garbage collector of the process' do
      server = serve(metrics_path: '/metrics')
      before = metrics(server)
      GC.start
      after = metrics(server)

      expect(after.value('hyperion_gc_major_runs_total')).to be > before.value('hyperion_gc_major_runs_total')
      expect(after.value('hyperion_resident_memory_bytes', worker: 0)).to be_between(5 << 20, 4 << 30)
      expect(after.value('hyperion_worker_start_time_seconds', worker: 0)).to be_within(60).of(Time.now.to_f)
      expect(after.value('hyperion_max_threads')).to eq(5)
    end
  end

  each_c_loop do
    it 'count what is shed, with the reason' do
      held = gate
      server = serve(->(_env) { held.pass([200, {}, []]) }, thread_count: 1, max_queue: 1)
      connect(server).write(raw('GET / HTTP/1.1', 'Host: a'))
      held.await
      connect(server).write(raw('GET / HTTP/1.1', 'Host: a'))
      eventually { expect(server.server.stats[:queue][:length]).to eq(1) }
      expect(get(server, '/').status).to eq(503)

      found = ExpositionReader.new(server.server.metrics)
      expect(found.value('hyperion_requests_shed_total', reason: 'queue_full')).to eq(1)
      expect(found.value('hyperion_responses_total', class: '5xx')).to eq(1)
    end

    it 'tell how many requests wait, and that none does' do
      held = gate
      server = serve(->(_env) { held.pass([200, {}, []]) }, thread_count: 1)
      clients = Array.new(3) { connect(server).write(raw('GET / HTTP/1.1', 'Host: a')) }
      held.await
      eventually { expect(ExpositionReader.new(server.server.metrics).value('hyperion_queued_requests')).to eq(2) }
      held.open
      clients.each(&:response)
      eventually { expect(ExpositionReader.new(server.server.metrics).value('hyperion_queued_requests')).to eq(0) }
    end

    it 'count connections that are handed over once' do
      upgrade = lambda do |env|
        env['rack.hijack'].call.close
        [200, {}, []]
      end
      server = serve(upgrade, lint: false, metrics_path: '/metrics')
      connect(server).write(raw('GET / HTTP/1.1', 'Host: a')).ending
      eventually do
        found = metrics(server)
        expect(found.value('hyperion_connections_handed_over_total')).to eq(1)
        expect(found.all('hyperion_connections').values.sum).to eq(1)
      end
    end
  end
end
