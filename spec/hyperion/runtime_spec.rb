# frozen_string_literal: true

RSpec.describe Hyperion::Runtime do
  let(:runtime) { described_class.new(logger: memory_log) }
  let(:request) { Hyperion::Request.from_env({ 'PATH_INFO' => '/' }) }

  it 'calls hooks in the order of their registration' do
    calls = []
    runtime.on_request_start { |got, env| calls << [1, got, env] }
    runtime.on_request_start { |got, env| calls << [2, got, env] }
    runtime.fire_request_start(request, :env)
    expect(calls).to eq([[1, request, :env], [2, request, :env]])
  end

  it 'hands the response and the error to end hooks' do
    calls = []
    runtime.on_request_end { |*arguments| calls << arguments }
    runtime.fire_request_end(request, nil, :c_static, nil)
    expect(calls).to eq([[request, nil, :c_static, nil]])
  end

  it 'has hooks as soon as one is registered' do
    expect(runtime).not_to have_request_hooks
    runtime.on_request_end { nil }
    expect(runtime).to have_request_hooks
  end

  it 'logs a hook that raises, and calls the next' do
    calls = []
    runtime.on_request_start { raise IOError, 'no disk' }
    runtime.on_request_start { calls << :second }
    runtime.fire_request_start(request, nil)
    expect(calls).to eq([:second])
    expect(memory_log.events).to match(
      [[:warn, { message: 'request hook failed', phase: :request_start, source: /runtime_spec\.rb:\d+\z/,
                 error: 'no disk', error_class: 'IOError' }]]
    )
  end

  it 'refuses a hook without a block' do
    expect { runtime.on_request_start }.to raise_error(ArgumentError)
    expect { runtime.on_request_end }.to raise_error(ArgumentError)
  end

  it 'tells listeners of new hooks, until they are forgotten' do
    told = 0
    token = runtime.on_hooks_changed { told += 1 }
    runtime.on_request_start { nil }
    runtime.forget(token)
    runtime.on_request_start { nil }
    expect(told).to eq(1)
  end

  it 'logs to the process by default' do
    expect(described_class.new.logger).to be(Hyperion.logger)
  end

  describe '.default' do
    after { described_class.reset_default! }

    it 'is one object until it is reset' do
      first = described_class.default
      expect(described_class.default).to be(first)
      described_class.reset_default!
      expect(described_class.default).not_to be(first)
    end

    it 'can be set to a runtime, and to nothing else' do
      described_class.default = runtime
      expect(described_class.default).to be(runtime)
      expect { described_class.default = Object.new }.to raise_error(ArgumentError)
    end
  end
end
