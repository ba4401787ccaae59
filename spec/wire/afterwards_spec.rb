# frozen_string_literal: true

RSpec.describe 'After the response' do
  let(:seen) { Thread::Queue.new }

  def answering(body = ['body'], &block)
    lambda do |env|
      block.call(env)
      [200, { 'x-a' => 'b' }, body]
    end
  end

  each_engine do
    it 'rack.response_finished is called in reverse order, with env, status and headers' do
      app = answering do |env|
        env['rack.response_finished'] << ->(*arguments) { seen << [:first, *arguments] }
        env['rack.response_finished'] << ->(*arguments) { seen << [:second, *arguments] }
      end
      expect(get(serve(app), '/some').body).to eq('body')

      name, env, status, headers, error = seen.pop
      expect([name, env['PATH_INFO'], status, headers['x-a'], error]).to eq([:second, '/some', 200, 'b', nil])
      expect(seen.pop.first).to eq(:first)
    end

    it 'rack.response_finished is told why there is no response' do
      app = lambda do |env|
        env['rack.response_finished'] << ->(*arguments) { seen << arguments }
        raise 'no response'
      end
      expect(get(serve(app), '/').status).to eq(500)
      expect(seen.pop[1..]).to match([nil, nil, have_attributes(message: 'no response')])
    end

    it 'rack.response_finished is told why a body broke off' do
      body = ClosableBody.new(%w[a b]) { raise 'broken body' }
      app = answering(body) { |env| env['rack.response_finished'] << ->(*arguments) { seen << arguments } }
      expect { get(serve(app), '/') }.to raise_error(RawClient::Ended)
      expect(seen.pop).to match([anything, 200, anything, have_attributes(message: 'broken body')])
    end

    it 'rack.response_finished is told that the client has gone' do
      endless = ClosableBody.new(Enumerator.new { |yielder| loop { yielder << ('x' * 10_000) } })
      app = answering(endless) { |env| env['rack.response_finished'] << ->(*arguments) { seen << arguments.last } }
      client = connect(serve(app)).write(raw('GET / HTTP/1.1', 'Host: a'))
      client.more?
      client.reset
      expect(seen.pop).to be_a(Hyperion::ClientDisconnected).or be_a(SystemCallError)
    end

    it 'rack.after_reply is called, with nothing' do
      app = answering { |env| env['rack.after_reply'] << -> { seen << :called } }
      get(serve(app), '/')
      expect(seen.pop).to be(:called)
    end

    it 'the client need not wait for what is called' do
      gate = self.gate
      app = answering { |env| env['rack.response_finished'] << ->(*) { gate.pass } }
      expect(get(serve(app), '/').body).to eq('body')
      gate.await
    end

    it 'what raises is told to the log, and the others are called' do
      app = answering do |env|
        env['rack.response_finished'] << ->(*) { seen << :called } << ->(*) { raise 'broken callback' }
      end
      client = connect(serve(app))
      2.times { expect(client.get('/').body).to eq('body') }
      2.times { expect(seen.pop).to be(:called) }
      eventually { expect(log.to_s).to include('broken callback') }
    end

    it 'nothing is left of one request for the next' do
      app = answering { |env| env['rack.response_finished'] << ->(*) { seen << env['PATH_INFO'] } }
      client = connect(serve(app))
      %w[/1 /2 /3].each { |path| client.get(path) }
      eventually { expect(seen.size).to eq(3) }
      expect(Array.new(3) { seen.pop }).to eq(%w[/1 /2 /3])
    end
  end
end

RSpec.describe 'Early hints' do
  def hinting(&block)
    lambda do |env|
      block.call(env['rack.early_hints'])
      [200, {}, ['body']]
    end
  end

  each_engine do
    it 'go out before the response, one 103 for each call' do
      gate = self.gate
      app = hinting do |hints|
        hints.call('link' => '</a.css>; rel=preload')
        hints.call('link' => ['</b.css>; rel=preload', '</c.css>; rel=preload'])
        gate.pass
      end
      client = connect(serve(app, lint: Rack.release >= '3')).write(raw('GET / HTTP/1.1', 'Host: a'))

      first, second = client.responses(2)
      expect(first).to have_attributes(status: 103, reason: 'Early Hints', fields: [['link', '</a.css>; rel=preload']])
      expect(second.values('link').size).to eq(2)
      gate.open
      expect(client.response).to have_attributes(status: 200, body: 'body')
    end

    it 'may be sent by another thread, and are not sent once the answer has begun' do
      kept = Thread::Queue.new
      app = hinting do |hints|
        Thread.new { hints.call('link' => 'x') }.join
        kept << hints
      end
      client = connect(serve(app, lint: false)).write(raw('GET / HTTP/1.1', 'Host: a'))
      expect(client.responses(2).map(&:status)).to eq([103, 200])
      kept.pop.call('link' => 'late')
      expect(client.get('/').status).to eq(103)
      expect(client.response.body).to eq('body')
    end

    it 'are not sent to a 1.0 client' do
      client = connect(serve(hinting { |hints| hints.call('link' => 'x') }))
      expect(client.request("GET / HTTP/1.0\r\n\r\n").status).to eq(200)
    end

    it 'leave a failing application its 500' do
      app = hinting do |hints|
        hints.call('link' => 'x')
        raise 'after hints'
      end
      expect(connect(serve(app)).write(raw('GET / HTTP/1.1', 'Host: a')).responses(2).map(&:status)).to eq([103, 500])
    end

    it 'that must not be sent are the application\'s error' do
      app = hinting { |hints| hints.call('link' => "x\r\ny: z") }
      expect(get(serve(app, lint: false), '/').status).to eq(500)
    end
  end
end
