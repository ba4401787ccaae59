# frozen_string_literal: true

require 'net/http'

RSpec.describe 'A cluster' do
  # Tells where the application was loaded.
  loaded_by = <<~'RUBY'
    # frozen_string_literal: true
    loader = Process.pid
    run ->(_env) { [200, { 'content-type' => 'text/plain' }, ["#{loader} #{Process.pid}"]] }
  RUBY

  # Answers the loader's number and the worker's.
  def loader_and_worker(process)
    get(process, '/').body.split.map(&:to_i)
  ensure
    close_clients
  end

  it 'serves by workers, each of which has loaded the application, and ends them' do
    process = start_cluster(app: loaded_by)
    workers = booted(process)
    expect(workers.uniq.size).to eq(2)
    loader, worker = loader_and_worker(process)
    expect(workers).to include(worker)
    expect(loader).to eq(worker)
    expect(process.stdout).to include('(2 workers, 5 threads each')
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    expect(workers).to all(satisfy { |pid| gone?(pid) })
    expect { RawClient.open(process.port) }.to raise_error(Errno::ECONNREFUSED)
  end

  it 'loads the application once for all of them when it is told to preload' do
    process = start_cluster('--preload', app: loaded_by)
    loaders = eventually do
      pairs = Array.new(20) { loader_and_worker(process) }
      expect(pairs.map(&:last).uniq.size).to eq(2)
      pairs.map(&:first).uniq
    end
    expect(loaders.size).to eq(1)
    expect(booted(process) + [process.pid]).not_to include(*loaders)
  end

  it 'leaves each worker with its own sockets alone' do
    [[], ['--preload']].each do |arguments|
      process = start_cluster('--cluster-mode', 'reuseport', '--loops', '2', *arguments)
      listening = listening_inodes(process.port)
      own = booted(process).map { |pid| sockets_of(pid) & listening }
      expect(own.map(&:size)).to eq([2, 2])
      expect(own.flatten).to match_array(listening)
    end
  end

  it 'gives workers as many sockets as there may be' do
    process = start_cluster('--loops', '64', '--preload', workers: 1)
    expect(sockets_of(booted(process).first)).to include(*listening_inodes(process.port))
    expect(booted(process)).to include(asked(process))
  end

  it 'shows what its processes are' do
    process = start_cluster('--preload', '--tag', 'shop')
    expect(title(process.pid)).to match(%r{\Ahyperion \S+ \(http://127.0.0.1:#{process.port}\) \[shop\]})
    titles = booted(process).map { |pid| title(pid) }
    expect(titles).to contain_exactly(match(/\Ahyperion: cluster worker 0: #{process.pid} \[shop\]/),
                                      match(/\Ahyperion: cluster worker 1: #{process.pid} \[shop\]/))
  end

  it 'ends when none of its workers has had a connection for a while' do
    process = start_cluster('--idle-timeout', '0.5', app: <<~'RUBY')
      # frozen_string_literal: true
      run ->(_env) { sleep(2) && [200, {}, ['not idle']] }
    RUBY
    client = connect(process.port)
    expect(client.get('/').body).to eq('not idle')
    client.close
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'has as many workers as WEB_CONCURRENCY says' do
    process = start_hyperion(rackup_file(Clusters::PIDS), '-p', '0', environment: { 'WEB_CONCURRENCY' => '3' })
    process.await_output(/listening on .*3 workers/)
    expect(booted(process).size).to eq(3)
  end

  it 'cannot begin when the application cannot be loaded' do
    [[], ['--preload']].each do |arguments|
      process = start_hyperion(rackup_file('raise "no database"'), '-p', '0', '-w', '2', *arguments)
      expect(process.wait.exitstatus).to eq(1)
      expect(process.stderr).to include('no database', 'the cluster cannot begin')
      expect(process.stdout).to eq('')
    end
  end

  it 'calls hooks at their times, with the number of the worker, and goes on when one raises' do
    process = start_cluster(*configured(<<~'RUBY'))
      tell = ->(word, *numbers) { warn "hook #{word} #{numbers.join}" }
      before_fork { tell.call('before_fork') }
      before_fork { raise 'broken' }
      before_worker_boot { |index| tell.call('before_worker_boot', index) }
      before_worker_shutdown { |index| tell.call('before_worker_shutdown', index) }
      after_worker_shutdown { |index| tell.call('after_worker_shutdown', index) }
      before_restart { tell.call('before_restart') }
      after_booted { tell.call('after_booted') }
    RUBY
    renew(process, :USR2)
    process.signal(:TERM)
    process.wait
    called = process.stderr.scan(/^hook (\w+) (\d*)/).map { |word, index| "#{word} #{index}".strip }
    expect(called.tally).to eq('before_fork' => 4, 'before_worker_boot 0' => 2, 'before_worker_boot 1' => 2,
                               'before_worker_shutdown 0' => 2, 'before_worker_shutdown 1' => 2,
                               'after_worker_shutdown 0' => 2, 'after_worker_shutdown 1' => 2,
                               'before_restart' => 1, 'after_booted' => 2)
    expect(process.stderr).to match(/hook failed.*hook=before_fork error=broken/)
  end

  it 'counts in one place, whichever worker is asked' do
    process = start_cluster(*configured("metrics_path '/metrics'"))
    30.times { asked(process) }
    reading = Array.new(4) { get(process, '/metrics').body[/^hyperion_requests_total\{kind="app"\} (\d+)/, 1] }
    expect(reading).to all(eq('30'))
  end

  %w[share reuseport].each do |mode|
    it "lets no worker have many more connections than another (#{mode})", :slow do
      process = start_cluster('--cluster-mode', mode, workers: 4)
      counts = Array.new(8) { Thread.new { Array.new(500) { Integer(Net::HTTP.get('127.0.0.1', '/', process.port)) } } }
                    .flat_map(&:value).tally
      expect(counts.size).to eq(4)
      expect(counts.values.max).to be <= counts.values.min * 1.2
    end
  end
end
