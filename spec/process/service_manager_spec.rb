# frozen_string_literal: true

# What systemd does, as far as a process can tell: sockets from descriptor 3 on, and a datagram socket that hears.
RSpec.describe 'A process under a service manager' do
  around do |example|
    Dir.mktmpdir('hyperion-spec') do |directory|
      @directory = directory
      @manager = Socket.new(:UNIX, :DGRAM)
      @manager.bind(Addrinfo.unix(File.join(directory, 'notify')))
      example.run
    ensure
      @manager.close
    end
  end

  # Starts it with a listening socket of the manager's.
  def start_managed(*arguments, app: Clusters::PIDS, **environment)
    @listener = Hyperion::Listener.open(['tcp://127.0.0.1:0'])
    script = "ENV['LISTEN_PID'] = Process.pid.to_s; exec(*ARGV)"
    start_process(RbConfig.ruby, '-e', script, RbConfig.ruby, '-I', 'lib', 'exe/hyperion', rackup_file(app), *arguments,
                  environment: { 'LISTEN_FDS' => '1', 'LISTEN_FDNAMES' => 'http',
                                 'NOTIFY_SOCKET' => File.join(@directory, 'notify'), **environment },
                  descriptors: { 3 => @listener.sockets.first.fileno })
  end

  # Waits for a datagram that has the line; answers its lines.
  def await_notice(line)
    loop do
      raise "#{line} has not come" unless @manager.wait_readable(Eventually::PATIENCE_SECONDS)

      lines = @manager.recv(4096).lines(chomp: true)
      return lines if lines.include?(line)
    end
  end

  after { @listener&.close }

  [[], ['--preload'], ['--cluster-mode', 'reuseport']].each do |arguments|
    it "tells its manager of boot, restart and stop #{arguments.join(' ')}" do
      process = start_managed('-w', '2', *arguments)
      early = connect(@listener.port).write(raw('GET / HTTP/1.1', 'Host: a'))
      expect(await_notice('READY=1')).to include('STATUS=2 workers serve, generation 0')
      expect(booted(process)).to include(Integer(early.response.body))

      process.signal(:USR1)
      reloading = await_notice('RELOADING=1')
      expect(reloading).to include(match(/\AMONOTONIC_USEC=\d+\z/), 'STATUS=renewing workers')
      expect(await_notice('READY=1')).to include('STATUS=2 workers serve, generation 1')

      process.signal(:USR2)
      await_notice('RELOADING=1')
      await_times(process, 'all workers are renewed', 2)
      expect(booted(process).last(2)).to include(Integer(get(@listener.port, '/').body))

      process.signal(:TERM)
      await_notice('STOPPING=1')
      expect(process.wait.exitstatus).to eq(0)
      expect(process.stderr).not_to include('worker has died')
    end
  end

  it 'gives signs of life as often as its manager wants, and workers do not' do
    process = start_managed('-w', '1', 'WATCHDOG_USEC' => '500000')
    await_notice('READY=1')
    expect(seconds { 3.times { await_notice('WATCHDOG=1') } }).to be < 1.5 + Eventually::AT_ONCE_SECONDS
    process.signal(:STOP)
    nil while @manager.wait_readable(0) && @manager.recv(4096)
    expect(@manager.wait_readable(0.6)).to be_nil
    process.signal(:CONT)
    await_notice('WATCHDOG=1')
  end

  it 'leaves the manager\'s sockets listening at its end, so that nobody is refused' do
    process = start_managed('-w', '2')
    await_notice('READY=1')
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    waiting = connect(@listener.port).write(raw('GET / HTTP/1.1', 'Host: a'))
    expect(@listener.sockets.first.accept.first.readpartial(100)).to start_with('GET /')
    waiting.close
  end

  it 'does without a manager, and with one that has gone' do
    process = start_managed('-w', '1', 'NOTIFY_SOCKET' => File.join(@directory, 'gone'))
    process.await_output(/listening on/)
    expect(booted(process)).to include(Integer(get(@listener.port, '/').body))
  end
end
