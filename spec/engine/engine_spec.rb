# frozen_string_literal: true

require_relative 'rig'

RSpec.describe Hyperion::Engine do
  include EngineRigs
  include Eventually
  include ProcessFacts

  after { end_rigs }

  let(:hello) { ->(_env) { [200, { 'content-type' => 'text/plain' }, ['hello']] } }

  describe '.new' do
    it 'makes no descriptor' do
      expect { Array.new(3) { described_class.new(loops: 4) } }.not_to(change { descriptors })
    end

    it 'takes a backend by name' do
      expect(described_class.new(backend: :poll).backend_name).to eq('poll')
      expect(%w[epoll poll]).to include(described_class.new.backend_name)
    end

    {
      'a backend that does not exist' => [{ backend: :kqueue9 }, ArgumentError],
      'a backend that is no Symbol' => [{ backend: 'poll' }, TypeError],
      'no loops' => [{ loops: 0 }, ArgumentError],
      'too many loops' => [{ loops: 65 }, ArgumentError],
      'an app that cannot be called' => [{ app: 42 }, ArgumentError],
      'routes that are no RouteSets' => [{ routes: [1] }, TypeError],
      'too many sets of routes' => [{ routes: Array.new(3) { Hyperion::Http::RouteSet.new } }, ArgumentError],
      'an unknown limit' => [{ limits: { patience: 1 } }, ArgumentError],
      'an unknown keyword' => [{ bogus: 1 }, ArgumentError],
      'an env template that is no Hash' => [{ env_template: 1 }, TypeError]
    }.each do |what, (options, error)|
      it "refuses #{what}" do
        expect { described_class.new(**options) }.to raise_error(error)
      end
    end

    it 'copies its env template' do
      template = { 'SERVER_NAME' => 'first' }
      engine = described_class.new(env_template: template)
      template['SERVER_NAME'] = 'second'
      expect(engine).to be_a(described_class)
    end
  end

  describe 'the callbacks' do
    %i[lifecycle_callback= handoff_callback= observer= error_reporter=].each do |setter|
      it "#{setter} takes nil or what can be called" do
        engine = described_class.new
        expect { engine.public_send(setter, nil) }.not_to raise_error
        expect { engine.public_send(setter, 42) }.to raise_error(ArgumentError)
      end
    end
  end

  describe '#run_loop' do
    it 'answers :stopped, on any backend and with any number of loops' do
      %i[epoll poll].each do |backend|
        running = rig(hello, loops: 3, backend: backend)
        3.times { expect(get(running).body).to eq('hello') }
        expect(running.stop).to eq(%i[stopped stopped stopped])
      end
    end

    it 'drains at once when it was stopped before' do
      engine = described_class.new
      engine.stop(0)
      listener = TCPServer.new('127.0.0.1', 0)
      expect(engine.run_loop(0, listener.fileno)).to eq(:stopped)
    ensure
      listener.close
    end

    it 'answers :crashed for what is no listener' do
      File.open(File::NULL) { |file| expect(described_class.new.run_loop(0, file.fileno)).to eq(:crashed) }
    end

    it 'refuses a loop that does not exist, and one that has run' do
      running = rig(hello)
      get(running)
      expect { running.engine.run_loop(1, 0) }.to raise_error(ArgumentError)
      expect { running.engine.run_loop(0, -1) }.to raise_error(ArgumentError)
      expect { running.engine.run_loop(0, 0) }.to raise_error(Hyperion::Error)
    end

    it 'is ended by Thread#kill, and closes its connections' do
      running = rig(hello)
      client = connect(running)
      client.get('/')
      running.loops.first.kill
      expect(client.ending).to be_a(Symbol)
      expect(running.loops.first.join(Eventually::PATIENCE_SECONDS)).to be_truthy
    end
  end

  describe '#stats' do
    it 'tells the counters of each loop, their sums, and the queue' do
      running = rig(hello, loops: 2)
      get(running)
      stats = running.engine.stats
      expect(stats).to include(app_requests: 1, accepted: 1, refused_requests: 0)
      expect(stats[:loops].sum { |loop| loop[:app_requests] }).to eq(1)
      expect(stats[:queue]).to include(length: 0, refused: 0, oldest_msec: 0)
      expect(running.engine.requests_served).to eq(1)
    end

    it 'counts a request that the queue refuses once' do
      held = Gate.new
      running = rig(->(_env) { held.pass([200, {}, []]) }, workers: 1, limits: { queued_requests: 1 })
      waiting = [connect(running).write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
      held.await
      waiting += Array.new(2) { connect(running).write("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
      eventually { expect(running.engine.stats[:overload_requests]).to eq(1) }
      held.open
      expect(waiting.map { |client| client.response.status }.tally).to eq(200 => 2, 503 => 1)
      expect(running.engine.requests_served).to eq(3)
    end
  end

  describe 'in a forked child' do
    it 'does not run, and leaves the parent alone' do
      running = rig(hello)
      client = connect(running)
      client.get('/')
      raised = in_child do
        errors = [-> { running.engine.run_worker }, -> { running.engine.run_loop(0, 0) }].map do |run|
          run.call
        rescue Hyperion::Error => e
          e.class.name
        end
        running.engine.stop(0)
        running.engine.close_queue
        GC.start
        errors
      end

      expect(raised).to eq(%w[Hyperion::Error Hyperion::Error])
      expect(client.get('/').body).to eq('hello')
    end
  end

  it 'leaves no descriptor, thread or memory behind' do
    rounds = lambda do |count|
      count.times do
        running = EngineRig.new(hello)
        client = RawClient.open(running.port)
        client.get('/')
        running.stop
        client.close
      end
      GC.start
    end
    rounds.call(20)
    before = [descriptors, Thread.list.size]
    memory = resident_kib
    rounds.call(200)

    expect([descriptors, Thread.list.size]).to eq(before)
    expect(resident_kib).to be < memory + 8192
  end
end
