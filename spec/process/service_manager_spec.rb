# frozen_string_literal: true

RSpec.describe 'A process under a service manager' do
  include_context 'with a directory'

  before { @manager = PretendedManager.new }
  after { @manager.close }

  def start_managed(*arguments, app: Clusters::PIDS, **environment)
    command, options = @manager.unit(RbConfig.ruby, '-I', 'lib', 'exe/hyperion', rackup_file(app),
                                     *arguments, **environment)
    start_process(*command, **options)
  end

  [[], ['--preload'], ['--cluster-mode', 'reuseport']].each do |arguments|
    it "tells its manager of boot, restart and stop #{arguments.join(' ')}" do
      process = start_managed('-w', '2', *arguments)
      early = connect(@manager.port).write(raw('GET / HTTP/1.1', 'Host: a'))
      expect(@manager.await('READY=1')).to include('STATUS=2 workers serve, generation 0')
      expect(booted(process)).to include(Integer(early.response.body))
      close_clients

      process.signal(:USR1)
      reloading = @manager.await('RELOADING=1')
      expect(reloading).to include(match(/\AMONOTONIC_USEC=\d+\z/), 'STATUS=renewing workers')
      expect(@manager.await('READY=1')).to include('STATUS=2 workers serve, generation 1')

      process.signal(:USR2)
      @manager.await('RELOADING=1')
      await_times(process, 'all workers are renewed', 2)
      expect(booted(process).last(2)).to include(Integer(get(@manager.port, '/').body))

      process.signal(:TERM)
      @manager.await('STOPPING=1')
      expect(process.wait.exitstatus).to eq(0)
      expect(process.stderr).not_to include('worker has died')
    end
  end

  it 'tells its manager of boot, restart and stop without workers, too' do
    process = start_managed
    early = connect(@manager.port).write(raw('GET / HTTP/1.1', 'Host: a'))
    expect(@manager.await('READY=1')).to include("STATUS=serves http://127.0.0.1:#{@manager.port}")
    expect(Integer(early.response.body)).to eq(process.pid)
    close_clients

    process.signal(:USR2)
    expect(@manager.await('RELOADING=1')).to include(match(/\AMONOTONIC_USEC=\d+\z/), 'STATUS=executing anew')
    @manager.await('READY=1')
    expect(Integer(get(@manager.port, '/').body)).to eq(process.pid)

    process.signal(:TERM)
    @manager.await('STOPPING=1')
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'gives signs of life without workers, also while it loads, and none while Ruby is stuck' do
    go = file('go')
    app = <<~RUBY
      sleep(0.01) until File.exist?(#{go.inspect})
      run ->(_env) { Process.kill(:STOP, Process.pid) && [200, {}, ['']] }
    RUBY
    process = start_managed('WATCHDOG_USEC' => '500000', app: app)
    3.times { @manager.await('WATCHDOG=1') }
    File.write(go, '')
    @manager.await('READY=1')
    @manager.await('WATCHDOG=1')
    connect(@manager.port).write(raw('GET / HTTP/1.1', 'Host: a'))
    eventually { expect(@manager).to be_silent(0.6) }
    process.signal(:CONT)
    @manager.await('WATCHDOG=1')
  end

  it 'gives signs of life as often as its manager wants, and workers do not' do
    process = start_managed('-w', '1', 'WATCHDOG_USEC' => '500000')
    @manager.await('READY=1')
    expect(seconds { 3.times { @manager.await('WATCHDOG=1') } }).to be < 1.5 + Eventually::AT_ONCE_SECONDS
    process.signal(:STOP)
    expect(@manager).to be_silent(0.6)
    process.signal(:CONT)
    @manager.await('WATCHDOG=1')
  end

  it 'leaves the manager\'s sockets listening at its end, so that nobody is refused' do
    process = start_managed('-w', '2')
    @manager.await('READY=1')
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    connect(@manager.port).write(raw('GET / HTTP/1.1', 'Host: a'))
    expect(@manager.listener.sockets.first.accept.first.readpartial(100)).to start_with('GET /')
  end

  it 'does without a manager, and with one that has gone' do
    process = start_managed('-w', '1', 'NOTIFY_SOCKET' => @manager.path('gone'))
    process.await_output(/listening on/)
    expect(booted(process)).to include(Integer(get(@manager.port, '/').body))
  end
end
