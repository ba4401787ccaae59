# frozen_string_literal: true

require 'json'

RSpec.describe 'A cluster that gets a signal' do
  include_context 'with a directory'

  sleepy = <<~'RUBY'
    # frozen_string_literal: true
    run lambda { |env|
      warn 'asked'
      seconds = env['PATH_INFO'].delete('/')
      sleep(seconds.empty? ? 0 : seconds.to_f)
      [200, { 'content-type' => 'text/plain' }, [Process.pid.to_s]]
    }
  RUBY

  %w[INT TERM QUIT].each do |signal|
    it "finishes requests on #{signal}, refuses new ones, and ends" do
      process = start_cluster(app: sleepy)
      client = connect(process.port).write(raw('GET /0.5 HTTP/1.1', 'Host: a'))
      process.await_output(/asked/)
      process.signal(signal)
      process.await_output(/the cluster ends/)
      response = client.response
      expect(response.status).to eq(200)
      expect(response).to be_closes
      expect(process.wait.exitstatus).to eq(0)
    end
  end

  [[], ['--preload']].each do |arguments|
    it "ends at once while the application is loaded #{arguments.join}" do
      %w[TERM HUP].each do |signal|
        process = start_hyperion(rackup_file("warn \"loaded by \#{Process.pid};\"\nsleep\n"), '-p', '0', '-w', '1',
                                 *arguments)
        pid = Integer(process.await_output(/loaded by (\d+);/)[1])
        process.signal(signal)
        expect(seconds { expect(process.wait.exitstatus).to eq(0) }).to be_at_once
        eventually { expect(gone?(pid)).to be(true) }
      end
    end

    it "is not survived by who loads the application when it is killed #{arguments.join}" do
      process = start_hyperion(rackup_file("warn \"loaded by \#{Process.pid};\"\nsleep\n"), '-p', '0', '-w', '1',
                               *arguments)
      pid = Integer(process.await_output(/loaded by (\d+);/)[1])
      process.signal(:KILL)
      eventually { expect(gone?(pid)).to be(true) }
    end
  end

  it 'ends at once on the second INT' do
    process = start_cluster(app: sleepy)
    connect(process.port).write(raw('GET /600 HTTP/1.1', 'Host: a'))
    process.await_output(/asked/)
    process.signal(:INT)
    process.await_output(/the cluster ends/)
    process.signal(:INT)
    expect(process.wait.exitstatus).to eq(130)
    expect(booted(process)).to all(satisfy { |pid| gone?(pid) })
  end

  it 'cuts what lasts longer than the time for a drain' do
    process = start_cluster(*configured('shutdown_timeout 0.3'), app: sleepy)
    client = connect(process.port).write(raw('GET /600 HTTP/1.1', 'Host: a'))
    process.await_output(/asked/)
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    expect(client.ending).to eq(:eof)
  end

  it 'has one worker more on TTIN, one fewer on TTOU, and always one' do
    %w[share reuseport].each do |mode|
      process = start_cluster('--cluster-mode', mode, workers: 1)
      process.signal(:TTIN)
      await_times(process, 'message="worker serves"', 2)
      second = booted(process).last
      eventually { expect(asked(process)).to eq(second) }
      process.signal(:TTOU)
      await_times(process, 'message="worker has ended" worker=1', 1)
      process.signal(:TTOU)
      expect(Array.new(6) { asked(process) }).to all(eq(booted(process).first))
    end
  end

  it 'listens with as many sockets as there are workers left after TTOU, and turns nobody away' do
    [[], ['--preload']].each do |arguments|
      process = start_cluster('--cluster-mode', 'reuseport', *arguments, workers: 3)
      process.signal(:TTOU)
      await_times(process, 'message="worker has ended" worker=2', 1)
      eventually { expect(listening_inodes(process.port).size).to eq(2) }
      expect(Array.new(20) { seconds { asked(process) } }).to all(be_at_once)
    end
  end

  (%w[INFO PWR] & Signal.list.keys).each do |signal|
    it "tells what the threads of all workers are doing on #{signal}" do
      process = start_cluster
      Array.new(booted(process).size) do |index|
        thread = /thread backtrace.* worker=#{index} pid=\d+ thread="hyperion worker 1" backtrace=/
        eventually { process.signal(signal) && expect(process.output).to(match(thread)) } # they may be yet to begin
      end
      expect(booted(process)).to include(asked(process))
    end
  end

  it 'ends on HUP when there are no log files, as a terminal that closes means it' do
    process = start_cluster
    process.signal(:HUP)
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'opens log files anew on HUP, in workers too' do
    path = file('errors.log')
    process = start_hyperion(rackup_file(sleepy), '-p', '0', '-w', '2', '--redirect-stderr', path)
    expect(get(process, '/').status).to eq(200)
    File.rename(path, "#{path}.old")
    process.signal(:HUP)
    eventually do
      get(process, '/')
      expect(File.exist?(path) && File.read(path)).to include('asked')
    end
    eventually do
      before = File.read("#{path}.old").scan('asked').size
      6.times { get(process, '/') }
      expect(File.read("#{path}.old").scan('asked').size).to eq(before)
    end
  end

  it 'opens the access log anew on HUP, in every worker' do
    path = file('access.log')
    settings = file('settings.rb', "access_log #{path.inspect}\naccess_log_format :json\n")
    process = start_hyperion(rackup_file(sleepy), '-p', '0', '-w', '2', '--preload', '-C', settings)
    pids = lambda do
      get(process, '/')
      File.exist?(path) ? File.readlines(path).map { |line| JSON.parse(line)['pid'] }.uniq : []
    end
    eventually { expect(pids.call.size).to eq(2) }
    File.rename(path, "#{path}.old")
    process.signal(:HUP)
    eventually { expect(pids.call.size).to eq(2) }
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'goes on with its files when they cannot be opened anew on HUP, and says so' do
    path = file('errors.log')
    process = start_hyperion(rackup_file(sleepy), '-p', '0', '-w', '1', '--redirect-stderr', path)
    expect(get(process, '/').status).to eq(200)
    File.rename(path, "#{path}.old")
    Dir.mkdir(path)
    process.signal(:HUP)
    eventually { expect(File.read("#{path}.old").scan('cannot open a log file anew').size).to eq(2) }
    expect(get(process, '/').status).to eq(200)
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
  end
end
