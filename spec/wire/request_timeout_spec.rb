# frozen_string_literal: true

RSpec.describe 'A request that runs for too long' do
  let(:told) { Thread::Queue.new }
  let(:runtime) { Hyperion::Runtime.new(logger: log) }

  # Held where its backtrace can be recognised.
  def held_app(held)
    lambda do |env|
      hold_for_the_backtrace(held) if env['PATH_INFO'] == '/held'
      [200, {}, ['done']]
    end
  end

  def hold_for_the_backtrace(held)
    held.pass
  end

  def complaints(message)
    log.complaints.map(&:fields).select { |fields| fields[:message] == message }
  end

  each_engine do
    it 'is told to hooks and to the log, once, and runs on' do
      runtime.on_request_timeout { |env, thread, seconds| told << [env['PATH_INFO'], thread, seconds] }
      held = gate
      server = serve(held_app(held), runtime: runtime, request_timeout: 0.05, thread_count: 2)
      client = connect(server).write(raw('GET /held HTTP/1.1', 'Host: a'))
      worker = held.await.first
      path, thread, seconds = told.pop

      expect([path, thread]).to eq(['/held', worker])
      expect(seconds).to be_between(0.05, 5)
      expect(client).to be_silent(0.2)
      held.open
      expect(client.response.body).to eq('done')
      expect(told).to be_empty
      expect(complaints('request runs for too long'))
        .to match([hash_including(method: 'GET', path: '/held', thread: worker.name,
                                  backtrace: a_string_including('hold_for_the_backtrace'))])
    end

    it 'is told to on_hard_timeout beyond the hard limit' do
      held = gate
      server = serve(held_app(held), request_timeout: 0.02, request_timeout_hard: 0.1, thread_count: 2,
                                     on_hard_timeout: ->(env, thread, seconds) { told << [env, thread, seconds] })
      client = connect(server).write(raw('GET /held HTTP/1.1', 'Host: a'))
      worker = held.await.first
      env, thread, seconds = told.pop

      expect([env['PATH_INFO'], thread]).to eq(['/held', worker])
      expect(seconds).to be >= 0.1
      held.open
      expect(client.response.body).to eq('done')
      expect(told).to be_empty
      expect(complaints('request is over its hard time-out').size).to eq(1)
    end

    it 'is only logged beyond the hard limit when nobody is to be told' do
      held = gate
      server = serve(held_app(held), request_timeout_hard: 0.05)
      client = connect(server).write(raw('GET /held HTTP/1.1', 'Host: a'))
      eventually { expect(complaints('request is over its hard time-out').size).to eq(1) }
      held.open

      expect(client.response.body).to eq('done')
    end

    it 'is told also when a hook or on_hard_timeout raises' do
      runtime.on_request_timeout { raise 'hook' }
      runtime.on_request_timeout { told << true }
      held = gate
      server = serve(held_app(held), runtime: runtime, request_timeout: 0.02, request_timeout_hard: 0.04,
                                     on_hard_timeout: ->(*) { raise 'callable' })
      2.times do
        connect(server).write(raw('GET /held HTTP/1.1', 'Host: a'))
        expect(told.pop).to be(true)
      end
      eventually { expect(complaints('on_hard_timeout failed').size).to eq(2) }
      expect(complaints('request hook failed').map { |fields| fields[:phase] }).to eq(%i[request_timeout] * 2)
    end

    it 'is none of those that are soon over' do
      runtime.on_request_timeout { told << true }
      server = serve(runtime: runtime, request_timeout: 0.5)
      client = connect(server)
      deadline = monotonic + 1
      client.get('/') while monotonic < deadline

      expect(told).to be_empty
    end
  end

  it 'cannot be told to what cannot be called' do
    expect { Hyperion::Server.new(app: nil, on_hard_timeout: 3) }.to raise_error(ArgumentError, /on_hard_timeout/)
    expect { runtime.on_request_timeout }.to raise_error(ArgumentError, /block/)
  end
end
