# frozen_string_literal: true

RSpec.describe 'A cluster that loses a process' do
  include_context 'with a directory'

  stubborn = <<~'RUBY'
    # frozen_string_literal: true
    run lambda { |env|
      case env['PATH_INFO']
      when '/stop' then Process.kill(:STOP, Process.pid)
      when '/grow' then ($kept ||= []) << ('x' * 200_000_000)
      end
      [200, { 'content-type' => 'text/plain' }, [Process.pid.to_s]]
    }
  RUBY

  it 'replaces a worker that was killed, at once, and serves meanwhile' do
    [[], ['--preload']].each do |arguments|
      process = start_cluster(*arguments)
      victim = booted(process).first
      Process.kill(:KILL, victim)
      answers = Array.new(20) { asked(process) }
      expect(answers).not_to include(victim)
      await_times(process, 'message="worker serves"', 3)
      expect(process.stderr).to match(/worker has died" worker=\d pid=#{victim}/)
    end
  end

  # An application that cannot be loaded while there is a file of the name.
  def held_back_by(path)
    "sleep(0.01) while File.exist?(#{path.inspect})\n#{Clusters::PIDS}"
  end

  # Asks on one connection after another, in several threads, while the block runs. Answers when each request began, how
  # long it took, and the answer, or why there is none.
  def asked_meanwhile(port)
    going = true
    asking = Array.new(4) { Thread.new { [].tap { |all| all << request(port) while going } } }
    yield
    going = false
    asking.flat_map(&:value)
  ensure
    going = false
    asking&.each(&:join)
  end

  def request(port)
    began = monotonic
    client = RawClient.open(port)
    answer = Integer(client.get('/').body)
    [began, monotonic - began, answer]
  rescue RawClient::Ended, SystemCallError => e
    [began, monotonic - began, e]
  ensure
    client&.close
  end

  [%w[share --no-preload], %w[share --preload], %w[reuseport --no-preload], %w[reuseport --preload]]
    .each do |mode, preload|
    it "loses under load what was in the worker, and serves the next within a second (#{mode}, #{preload})" do
      process = start_cluster('--cluster-mode', mode, preload, app: held_back_by(file('hold')))
      victim = booted(process).first
      file('hold', '')
      killed = nil
      requests = asked_meanwhile(process.port) do
        Process.kill(:KILL, victim)
        eventually { expect(gone?(victim)).to be(true) }
        killed = monotonic
        40.times { request(process.port) }
      end
      later = requests.select { |began, _seconds, _answer| began > killed }
      expect(later.map(&:last)).to all(be_an(Integer)).and be_any
      expect(later.map { |_began, seconds, _answer| seconds }.max).to be < 1
      File.delete(file('hold'))
      await_times(process, 'message="worker serves"', 3)
      expect(Array.new(20) { asked(process) }.uniq - booted(process).drop(1)).to eq([])
    end
  end

  it 'has nobody accept in the place of a worker any more when its successor serves' do
    process = start_cluster('--cluster-mode', 'reuseport', app: held_back_by(file('hold')))
    victim, deputy = booted(process)
    file('hold', '')
    Process.kill(:KILL, victim)
    process.await_output(/worker accepts in the place of one that has died" worker=\d pid=#{deputy}/)
    expect(listening_inodes(process.port) & sockets_of(deputy)).to match_array(listening_inodes(process.port))
    File.delete(file('hold'))
    await_times(process, 'message="worker serves"', 3)
    eventually { expect((listening_inodes(process.port) & sockets_of(deputy)).size).to eq(1) }
    eventually { expect(asked(process)).to eq(booted(process).last) }
  end

  it 'loses only what was in the worker that was killed' do
    process = start_cluster(workers: 1, app: <<~'RUBY')
      # frozen_string_literal: true
      run ->(env) { warn('asked'); sleep if env['PATH_INFO'] == '/wait'; [200, {}, [Process.pid.to_s]] }
    RUBY
    held = connect(process.port).write(raw('GET /wait HTTP/1.1', 'Host: a'))
    process.await_output(/asked/)
    victim = booted(process).first
    Process.kill(:KILL, victim)
    next_one = nil
    expect(seconds { next_one = Integer(get(process, '/').body) }).to be_at_once
    expect(next_one).not_to eq(victim)
    expect(held.ending).to eq(:eof).or eq(:reset)
  end

  it 'leaves a worker that keeps dying some time before it tries again' do
    process = start_cluster(workers: 1)
    4.times do |round|
      await_times(process, 'message="worker serves"', round + 1)
      Process.kill(:KILL, booted(process).last)
      await_times(process, 'worker has died', round + 1)
    end
    await_times(process, 'message="worker serves"', 5)
    times = process.stderr.scan(/^(\S+) \w+ message="worker (?:serves|has died)"/).flatten.map { |at| Time.parse(at) }
    pauses = times.drop(1).each_slice(2).map { |died, serves| serves - died }
    expect(pauses[3]).to be >= 1.0
    expect(pauses[0]).to be < 1.0 + pauses[3]
  end

  it 'notices that its master was killed, and ends' do
    [[], ['--preload']].each do |arguments|
      process = start_cluster(*arguments)
      workers = booted(process)
      process.signal(:KILL)
      process.wait
      eventually { expect(workers).to all(satisfy { |pid| gone?(pid) }) }
      expect { RawClient.open(process.port) }.to raise_error(Errno::ECONNREFUSED)
    end
  end

  it 'kills a worker that gives no sign of life, and says so' do
    process = start_cluster(*configured("worker_timeout 1\nmetrics_path '/metrics'"), app: stubborn)
    connect(process.port).write(raw('GET /stop HTTP/1.1', 'Host: a'))
    process.await_output(/worker gives no sign of life/)
    process.await_output(/worker is killed.*it could not tell them/)
    await_times(process, 'message="worker serves"', 3)
    reasons = ExpositionReader.new(get(process, '/metrics').body)
    expect(reasons.value('hyperion_worker_restarts_total', reason: 'worker_timeout')).to be >= 1
    expect(reasons.value('hyperion_worker_restarts_total', reason: 'crash')).to eq(0)
    silent = process.output[/worker gives no sign of life.* pid=(\d+)/, 1].to_i
    expect(booted(process) - [silent]).to include(asked(process))
  end

  it 'gives a worker that does not boot in time no more of it' do
    process = start_hyperion(rackup_file("sleep\nrun ->(_env) { [200, {}, []] }"), '-p', '0', '-w', '1',
                             *configured('worker_boot_timeout 1'))
    process.await_output(/worker has not booted in time/)
    process.await_output(/thread backtrace/)
    process.await_output(/worker is killed.*backtraces=logged/)
  end

  it 'renews a worker that has had its requests, others going on' do
    process = start_cluster(*configured("max_requests 20\nmax_requests_jitter 5"))
    first = booted(process)
    eventually do
      asked(process)
      expect(process.stderr.scan('reason=max_requests').size).to be >= 2
    end
    eventually { expect(first).to all(satisfy { |pid| gone?(pid) }) }
    expect(process.stderr).not_to include('worker has died')
    expect(first).not_to include(asked(process))
  end

  it 'renews a worker in which a request runs beyond the hard time-out, and ends that request' do
    process = start_cluster(*configured("request_timeout_hard 0.3\nshutdown_timeout 0.5"), app: <<~'RUBY')
      # frozen_string_literal: true
      run ->(env) { sleep if env['PATH_INFO'] == '/wait'; [200, {}, [Process.pid.to_s]] }
    RUBY
    held = connect(process.port).write(raw('GET /wait HTTP/1.1', 'Host: a'))
    stuck = process.await_output(/worker is to be renewed.*pid=(\d+) reason=request_timeout_hard/)[1].to_i
    expect(held.ending).to eq(:eof)
    eventually { expect(gone?(stuck)).to be(true) }
    expect(asked(process)).not_to eq(stuck)
  end

  it 'renews a worker that has grown too large' do
    process = start_cluster(*configured('max_memory_bytes 180_000_000'), app: stubborn)
    grown = asked(process, '/grow')
    process.await_output(/worker is to be renewed.*pid=#{grown} reason=max_memory_bytes/)
    eventually { expect(gone?(grown)).to be(true) }
  end
end
