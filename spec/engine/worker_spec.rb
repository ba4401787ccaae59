# frozen_string_literal: true

require_relative 'rig'

# What becomes of a request whose handler does anything but answer.
RSpec.describe 'A worker' do
  include EngineRigs
  include Eventually
  include ProcessFacts

  after do
    GC.stress = false
    end_rigs
  end

  # Yields its pieces; between them it may be told to do something.
  def body(*pieces, &between)
    Class.new do
      define_method(:each) do |&block|
        pieces.each_with_index do |piece, index|
          between&.call(index)
          block.call(piece)
        end
        between&.call(pieces.size)
      end
    end.new
  end

  def run(count = 2, **options, &app)
    rig(app, workers: count, **options)
  end

  def error_of(running)
    patiently { running.errors.pop }
  end

  describe 'whose application raises' do
    {
      'a StandardError' => -> { raise ArgumentError, 'broken' },
      'a ScriptError' => -> { raise NotImplementedError },
      'SystemExit' => -> { exit(1) },
      'an Exception of its own' => -> { raise Class.new(Exception) }, # rubocop:disable Lint/InheritException
      'SystemStackError' => lambda {
        deeper = -> { deeper.call + 1 }
        deeper.call
      }
    }.each do |what, fail|
      it "#{what} answers 500, reports it once, and goes on" do
        running = run(1) { |env| env['PATH_INFO'] == '/fail' ? fail.call : [200, {}, ['ok']] }
        expect(get(running, '/fail').status).to eq(500)
        expect(get(running).body).to eq('ok')
        error, env = error_of(running)
        expect(error).to be_a(Exception)
        expect(env['PATH_INFO']).to eq('/fail')
        expect(running.errors).to be_empty
      end
    end

    [nil, 42, [], [200, {}], [200, {}, 42], [200, { "a\r\nb" => 'c' }, []]].each do |triple|
      it "answers 500 for #{triple.inspect}" do
        running = run { triple }
        expect(get(running).status).to eq(500)
        expect(error_of(running).first).to be_a(StandardError)
      end
    end

    it 'goes on when the reporter raises, and without one' do
      running = run(1) { raise 'broken' }
      running.engine.error_reporter = ->(*) { raise 'the reporter, too' }
      expect(get(running).status).to eq(500)
      running.engine.error_reporter = nil
      expect(get(running).status).to eq(500)
    end

    it 'cuts an answer that has begun' do
      running = run { [200, {}, body('a', 'b') { |index| raise 'broken' if index == 1 }] }
      expect { get(running) }.to raise_error(RawClient::Ended)
      expect(error_of(running).first.message).to eq('broken')
    end

    it 'does not cut an answer that is complete' do
      closing = body('a', 'b')
      closing.define_singleton_method(:close) { raise 'broken' }
      running = run { [200, {}, closing] }
      expect(get(running).body).to eq('ab')
      expect(error_of(running).first.message).to eq('broken')
    end
  end

  describe 'that is left' do
    it 'by Thread#kill answers 500, and dies' do
      running = run { |env| env['PATH_INFO'] == '/kill' ? Thread.current.kill : [200, {}, ['ok']] }
      expect(get(running, '/kill').status).to eq(500)
      eventually { expect(running.workers.count(&:alive?)).to eq(1) }
      10.times { expect(get(running).body).to eq('ok') }
      expect(running.errors).to be_empty
    end

    it 'by Thread#kill amid an answer cuts it' do
      running = run { [200, {}, body('a', 'b') { |index| Thread.current.kill if index == 1 }] }
      expect { get(running) }.to raise_error(RawClient::Ended)
      eventually { expect(running.workers.count(&:alive?)).to eq(1) }
    end

    it 'by throw answers 500, and run_worker is left' do
      running = run(0) { throw(:enough) }
      worker = running.add_worker { catch(:enough) { running.engine.run_worker } }
      expect(get(running).status).to eq(500)
      expect(worker.join(Eventually::PATIENCE_SECONDS)).to be_truthy
    end

    it 'by Thread#kill while idle does not take a later request with it' do
      running = run(4) { [200, {}, ['ok']] }
      get(running)
      running.workers.first(3).each(&:kill).each { |worker| expect(worker.join(Eventually::PATIENCE_SECONDS)).to be_truthy }
      20.times { expect(get(running).body).to eq('ok') }
    end

    it 'by Thread#raise while idle raises it' do
      running = run { [200, {}, ['ok']] }
      get(running)
      running.workers.first.raise(ArgumentError, 'enough')
      expect { running.workers.first.value }.to raise_error(ArgumentError, 'enough')
      expect(get(running).body).to eq('ok')
    end
  end

  describe 'that streams' do
    let(:piece) { ('x' * 100_000).freeze }

    # A client that takes nothing of a long answer but its first bytes, and the worker that waits for it.
    def stall(running)
      client = connect(running, receive_buffer: 65_536).write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      client.read_exactly(1000)
      eventually { expect(running.engine.stats[:queue][:idle_workers]).to eq(running.workers.count(&:alive?) - 1) }
      client
    end

    it 'waits for a slow client, and gives it everything' do
      made = 0
      running = run { [200, {}, body(*[piece] * 200) { made += 1 }] }
      client = stall(running)
      expect(made).to be < 200
      expect(client.read_exactly(piece.bytesize * 199).bytesize).to eq(piece.bytesize * 199)
      eventually { expect(made).to eq(201) }
    end

    it 'is told that the client has gone, reports nothing, and goes on' do
      ended = Thread::Queue.new
      endless = Object.new
      endless.define_singleton_method(:each) do |&block|
        loop { block.call('x' * 50_000) }
      rescue Exception => e # rubocop:disable Lint/RescueException -- told to the example, and raised again
        ended << e.class
        raise
      end
      running = run(1) { |env| [200, {}, env['PATH_INFO'] == '/' ? endless : ['ok']] }
      stall(running).close
      expect(patiently { ended.pop }).to eq(Hyperion::ClientDisconnected)
      expect(get(running, '/ok').body).to eq('ok')
      expect(running.errors).to be_empty
    end

    it 'can be killed while it waits' do
      running = run { [200, {}, body(*[piece] * 200)] }
      stall(running)
      running.workers.each(&:kill).each { |worker| expect(worker.join(Eventually::PATIENCE_SECONDS)).to be_truthy }
    end

    it 'does not hold a stop up' do
      running = run { [200, {}, body(*[piece] * 200)] }
      stall(running)
      expect(seconds { expect(running.stop(50)).to eq([:stopped]) }).to be_at_once
    end
  end

  it 'closes the file of a long request body with its request' do
    running = run(limits: { body_memory_bytes: 1000 }) { |env| [200, {}, [env['rack.input'].read.bytesize.to_s]] }
    client = connect(running)
    post = lambda do |length|
      client.request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: #{length}\r\n\r\n#{'y' * length}").body
    end
    post.call(1)
    before = descriptors
    3.times { expect(post.call(100_000)).to eq('100000') }
    eventually { expect(descriptors).to eq(before) }
  end

  it 'runs a long call beside short ones, while others are free' do
    held = Gate.new
    running = run(2) { |env| env['PATH_INFO'] == '/long' ? held.pass([200, {}, ['long']]) : [200, {}, ['ok']] }
    long = connect(running).write("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
    held.await
    20.times { expect(get(running).body).to eq('ok') }
    held.open
    expect(long.response.body).to eq('long')
  end

  describe 'with hooks' do
    it 'calls the observer instead of the application, while hooks are active' do
      running = run { [200, {}, ['app']] }
      running.engine.observer = ->(app, env) { [200, {}, ["observed #{app.call(env).last.first}"]] }
      expect(get(running).body).to eq('app')
      running.engine.lifecycle_active = true
      expect(get(running).body).to eq('observed app')
    end

    it 'tells static hits to the lifecycle callback, whatever it raises' do
      routes = Hyperion::Http::RouteSet.new
      routes.put_static(:GET, '/static', "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 2, 0)
      told = Thread::Queue.new
      running = rig(nil, routes: [routes]) do |engine|
        engine.lifecycle_active = true
        engine.lifecycle_callback = lambda do |method, path|
          told << [method, path]
          raise 'broken'
        end
      end
      client = connect(running)
      client.get('/static?query')
      client.get('/static', method: 'HEAD')
      expect(Array.new(2) { patiently { told.pop } }).to eq([['GET', '/static'], ['HEAD', '/static']])
      expect(running.errors).to be_empty
    end
  end

  it 'reports a handoff callback that raises, and leaves the descriptor to it' do
    mine = nil
    running = rig(nil) do |engine|
      engine.handoff_callback = lambda do |fd, partial|
        mine = [IO.for_fd(fd), partial]
        raise 'broken'
      end
    end
    client = connect(running).write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    expect(error_of(running).first.message).to eq('broken')
    expect(mine.last).to eq("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".b)
    mine.first.write('still open')
    mine.first.close
    expect(client.take_rest).to eq('still open')
  end

  it 'survives a garbage collection at every allocation', :slow do
    routes = Hyperion::Http::RouteSet.new
    routes.put_block(:GET, '/block', ->(env) { [200, {}, body('a', env['QUERY_STRING'], 'c' * 20_000)] })
    running = run(routes: [routes]) { |env| [200, { 'x-a' => 'b' }, [env['rack.input'].read, 'z' * 20_000]] }
    GC.stress = true
    client = connect(running).within(600) # every allocation takes milliseconds
    answer = client.request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    expect(answer.body).to eq("abc#{'z' * 20_000}")
    expect(client.get('/block?b').body).to eq("ab#{'c' * 20_000}")
  end
end
