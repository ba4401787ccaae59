# frozen_string_literal: true

RSpec.describe 'Request hooks' do
  let(:told) { Thread::Queue.new }
  let(:runtime) { Hyperion::Runtime.default }

  before do
    static_route('/static', 'static')
    route_block(:GET, '/block') { [200, {}, ['block']] }
  end

  # The hooks called next: phase, method, path, and the rest.
  def tellings(count)
    Array.new(count) { patiently { told.pop } }
  end

  def tell_everything(runtime)
    runtime.on_request_start { |request, env| told << [:start, request, env] }
    runtime.on_request_end { |request, env, response, error| told << [:end, request, env, response, error] }
  end

  each_engine do
    it 'are called around a static route, with a bare request and neither env nor response' do
      tell_everything(runtime)
      expect(get(serve, '/static?query').body).to eq('static')
      (phase, request, env), (last, same, no_env, response, error) = tellings(2)

      expect([phase, last]).to eq(%i[start end])
      expect(request).to have_attributes(method: 'GET', path: '/static', headers: {})
      expect(same).to equal(request)
      expect([env, no_env, response, error]).to eq([nil, nil, :c_static, nil])
    end

    it 'are called for HEAD of a static route' do
      tell_everything(runtime)
      get(serve, '/static', method: 'HEAD')
      expect(tellings(2).map { |_, request| request.method }).to eq(%w[HEAD HEAD])
    end

    it 'are called around a block, with env and response' do
      tell_everything(runtime)
      expect(get(serve, '/block?a=1', 'X-Sent: yes').body).to eq('block')
      (_, request, env), (_, same, same_env, response, error) = tellings(2)

      expect(request).to have_attributes(method: 'GET', path: '/block', query_string: 'a=1')
      expect(request.header('X-Sent')).to eq('yes')
      expect(env).to include('PATH_INFO' => '/block')
      expect(same).to equal(request)
      expect(same_env).to equal(env)
      expect(response.first).to eq(200)
      expect(error).to be_nil
    end

    it 'are called around the application, which sees what they put into the env' do
      runtime.on_request_start { |_request, env| env['hook.mark'] = 'seen' }
      tell_everything(runtime)
      expect(get(serve(->(env) { [200, {}, [env['hook.mark']]] }), '/app').body).to eq('seen')

      expect(tellings(2).map(&:first)).to eq(%i[start end])
    end

    it 'are told of an error, which is answered and logged as ever' do
      tell_everything(runtime)
      expect(get(serve(->(_env) { raise 'app broke' }), '/app').status).to eq(500)
      _, (_, _, _, response, error) = tellings(2)

      expect(response).to be_nil
      expect(error).to be_a(RuntimeError).and have_attributes(message: 'app broke')
      expect(log.complaints.size).to eq(1)
    end

    it 'are called once for each request, pipelined or not' do
      tell_everything(runtime)
      targets = Array.new(30) { |number| ['/static', '/block', '/app'][number % 3] }
      client = connect(serve)
      client.write(targets.map { |target| raw("GET #{target} HTTP/1.1", 'Host: a') }.join)
      client.responses(30)
      paths = tellings(60).select { |phase,| phase == :start }.map { |_, request| request.path }

      expect(paths.tally).to eq('/static' => 10, '/block' => 10, '/app' => 10)
      expect(told).to be_empty
    end

    it 'are not called for what is refused' do
      tell_everything(runtime)
      server = serve
      connect(server).request("GET / HTTP/1.1\r\n\r\n")
      get(server, '/static')

      expect(tellings(2).map { |_, request| request.path }).to eq(%w[/static /static])
      expect(told).to be_empty
    end

    it 'run in the order of registration' do
      3.times { |number| runtime.on_request_start { told << number } }
      get(serve, '/static')
      expect(tellings(3)).to eq([0, 1, 2])
    end

    it 'that raise are logged, and the next still runs, and so does the request' do
      runtime.on_request_start { raise ArgumentError, 'hook broke' }
      runtime.on_request_start { told << :next }
      runtime.on_request_end { raise 'another broke' }
      server = serve

      %w[/static /block /app].each_with_index do |target, number|
        expect(get(server, target).status).to eq(200)
        expect(tellings(1)).to eq([:next])
        eventually { expect(log.complaints.size).to eq(2 * (number + 1)) }
      end
      expect(log.complaints.map { |event| event.fields[:phase] }.tally).to eq(request_start: 3, request_end: 3)
      expect(log.complaints.first.fields).to include(error: 'hook broke', error_class: 'ArgumentError',
                                                     source: a_string_including('hooks_spec.rb:'))
    end

    it 'may be added while the server runs' do
      client = connect(serve)
      %w[/static /block /app].each { |target| client.get(target) }
      tell_everything(runtime)

      eventually { client.get('/static') && expect(told).not_to(be_empty) }
      client.get('/app')
      seen = tellings(1).first until seen && seen[1].path == '/app'
      expect(seen.first).to eq(:start)
    end

    it 'are those of the server\'s own runtime' do
      own = Hyperion::Runtime.new(logger: log)
      runtime.on_request_start { told << :default }
      own.on_request_start { |request, _| told << request.path }
      server = serve(runtime: own)
      %w[/static /block /app].each { |target| get(server, target) }

      expect(tellings(3)).to contain_exactly('/static', '/block', '/app')
      expect(told).to be_empty
    end

    it 'do not spoil a response when they are slow' do
      held = gate
      runtime.on_request_end { held.pass }
      client = connect(serve)
      client.write(raw('GET /static HTTP/1.1', 'Host: a'))

      expect(client.response.body).to eq('static')
    end
  end

  each_c_loop do
    it 'do not hold static routes when they are slow' do
      held = gate
      runtime.on_request_end { held.pass }
      client = connect(serve(thread_count: 1))

      expect(Array.new(5) { client.get('/static').body }).to eq(['static'] * 5)
      held.await
    end
  end
end
