# frozen_string_literal: true

RSpec.describe 'Commands to a cluster' do
  held = <<~'RUBY'
    # frozen_string_literal: true
    run lambda { |env|
      sleep if env['PATH_INFO'] == '/held'
      [200, {}, [Process.pid.to_s]]
    }
  RUBY

  include_context 'with a directory'

  let(:state) { file('state') }
  let(:socket) { file('control.sock') }

  # Whose workers have told of themselves.
  def start_controlled(*arguments, **options)
    start_cluster('--control-url', "unix://#{socket}", '-S', state, *arguments, **options)
      .tap { eventually { expect(statuses).to all(include('max_threads' => 5)) } }
  end

  # The last status of each worker that serves.
  def statuses
    workers.map { |worker| worker['last_status'] || {} }
  end

  def workers
    stats_of(state)['worker_status'].select { |worker| worker['booted'] }
  end

  it 'tell the counters of every worker' do
    process = start_controlled
    20.times { asked(process) }
    eventually { expect(statuses.sum { |status| status['requests_count'] }).to eq(20) }
    stats = stats_of(state)
    expect(stats).to include('pid' => process.pid, 'workers' => 2, 'booted_workers' => 2, 'old_workers' => 0,
                             'phase' => 0)
    expect(stats['worker_status'].map { |worker| worker['pid'] }).to match_array(booted(process))
    expect(statuses).to all(include('running' => 5, 'pool_capacity' => 5, 'busy_threads' => 0, 'backlog' => 0,
                                    'resident_bytes' => be > 1_000_000))
    metrics = ExpositionReader.new(hyperion('metrics', '-S', state).first)
    expect(metrics.value('hyperion_requests_total', kind: 'app')).to eq(20)
    expect(metrics.value('hyperion_workers')).to eq(2)
  end

  it 'tell why workers were replaced' do
    process = start_controlled(*configured('max_requests 20'))
    Process.kill(:KILL, booted(process).first)
    await_times(process, 'message="worker serves"', 3)
    hyperion('phased-restart', '-S', state)
    process.await_output(/all workers are renewed/)
    expect(stats_of(state)['restarts']).to include('crash' => 1, 'phased' => 2, 'max_requests' => 0)
    50.times { asked(process) }
    eventually do
      metrics = ExpositionReader.new(hyperion('metrics', '-S', state).first)
      expect(metrics.value('hyperion_worker_restarts_total', reason: 'max_requests')).to be >= 1
      expect(metrics.value('hyperion_worker_restarts_total', reason: 'crash')).to eq(1)
    end
  end

  it 'reach every worker' do
    start_controlled('--preload')
    expect(hyperion('thread-backtraces', '-S', state).first).to match(/^worker 0: main\n    .*^worker 1: main\n    /m)
    before = JSON.parse(hyperion('gc-stats', '-S', state).first)
    expect(hyperion('gc', '-S', state)).to eq(["gc: ok\n", '', 0])
    after = JSON.parse(hyperion('gc-stats', '-S', state).first)
    %w[0 1].each { |index| expect(after[index]['major_gc_count']).to be > before[index]['major_gc_count'] }
  end

  [[], ['--preload']].each do |arguments|
    it "renew the workers, one after the other#{' when the application is preloaded' if arguments.any?}" do
      process = start_controlled(*arguments)
      old = booted(process)
      expect(hyperion('phased-restart', '-S', state)).to eq(["phased-restart: ok\n", '', 0])
      process.await_output(/all workers are renewed/)
      stats = stats_of(state)
      expect(stats.values_at('phase', 'booted_workers', 'old_workers')).to eq([1, 2, 0])
      expect(workers.map { |worker| worker['pid'] } & old).to eq([])
    end
  end

  [[], ['--preload']].each do |arguments|
    it "let the master execute itself anew#{' when the application is preloaded' if arguments.any?}" do
      process = start_controlled('--control-token', 'secret', *arguments)
      old = booted(process)
      expect(hyperion('restart', '-S', state)).to eq(["restart: ok\n", '', 0])
      process.await_output(/all workers are renewed/)
      eventually { expect(old).to all(satisfy { |pid| gone?(pid) }) }
      expect(stats_of(state).values_at('pid', 'booted_workers')).to eq([process.pid, 2])
      expect(hyperion('stop', '--control-url', "unix://#{socket}", '--control-token', 'secret').last).to eq(0)
      expect(process.wait.exitstatus).to eq(0)
      expect(Dir.children(@directory)).to eq([])
    end
  end

  it 'let it end at once, whatever is in flight' do
    process = start_controlled(app: held)
    client = connect(process).write(raw('GET /held HTTP/1.1', 'Host: a'))
    eventually { expect(statuses.sum { |status| status['busy_threads'] }).to eq(1) }
    old = booted(process)
    expect(hyperion('halt', '-S', state)).to eq(["halt: ok\n", '', 0])
    expect(process.wait(within: 10).exitstatus).to eq(0)
    expect { client.response }.to raise_error(RawClient::Ended)
    expect(old).to all(satisfy { |pid| gone?(pid) })
    expect(Dir.children(@directory)).to eq([])
  end

  it 'are taken by the master alone, so that nobody seems to be there when it is gone' do
    process = start_controlled(app: held)
    connect(process).write(raw('GET /held HTTP/1.1', 'Host: a'))
    eventually { expect(statuses.sum { |status| status['busy_threads'] }).to eq(1) }
    old = booted(process)
    process.signal(:KILL)
    process.wait
    expect { control(socket) }.to raise_error(Errno::ECONNREFUSED)
    expect(old.count { |pid| gone?(pid) }).to be < 2
    old.each { |pid| Process.kill(:KILL, pid) unless gone?(pid) }
  end

  it 'are answered while workers are stuck' do
    start_controlled
    stuck = workers.map { |worker| worker['pid'] }
    stuck.each { |pid| Process.kill(:STOP, pid) }
    expect(hyperion('status', '-S', state).first).to eq("status: ok\n")
    expect(hyperion('thread-backtraces', '-S', state)).to eq(['', "hyperion: no worker has answered in time\n", 1])
  ensure
    stuck&.each { |pid| Process.kill(:CONT, pid) }
  end

  it 'end their connections, also those that were there when workers were forked' do
    process = start_controlled('--control-token', 'secret')
    early = control(socket).write("GET /status?token=secret HTTP/1.1\r\n")
    hyperion('phased-restart', '-S', state)
    process.await_output(/all workers are renewed/)
    late = control(socket).write(raw('GET /status?token=secret HTTP/1.1', 'Host: a'))
    expect(late.response.status).to eq(200)
    expect(late.ending).to eq(:eof)
    expect(early.response.status).to eq(408)
    expect(early.ending).to eq(:eof)
  end

  it 'show every worker live' do
    process = start_controlled
    out, = hyperion('top', '-n', '1', '-S', state)
    booted(process).each { |pid| expect(out).to match(/^ +[01] +#{pid} serves  \[ {16}\] /) }
  end
end
