# frozen_string_literal: true

RSpec.describe 'A process without workers' do
  telling = <<~'RUBY'
    # frozen_string_literal: true
    run ->(env) { [200, { 'content-type' => 'text/plain' }, ["#{Process.pid} #{env['REMOTE_ADDR']} #{ENV['RACK_ENV']}"]] }
  RUBY

  include_context 'with a directory'

  def over_unix(path)
    RawClient.new(Socket.unix(path)).tap { |client| clients << client }
  end

  # Starts exe/hyperion from Ruby, with settings that the command line has no words for.
  def start_launcher(path, **settings)
    script = "require 'hyperion/launcher'; exit Hyperion::Launcher.new(Hyperion::Configuration.new(" \
             "rackup: #{path.inspect}, port: 0, **#{settings.inspect})).run"
    start_process(RbConfig.ruby, '-I', 'lib', '-e', script)
  end

  it 'listens on every address that it is given, and tells all' do
    process = start_hyperion(rackup_file(telling), '-b', 'tcp://127.0.0.1:0',
                             '-b', "unix://#{file('a.sock')}?umask=0177")
    expect(get(process, '/').body).to include('127.0.0.1')
    expect(over_unix(file('a.sock')).get('/').body).to include('127.0.0.1')
    expect(process.stdout).to include("http://127.0.0.1:#{process.port}, unix://#{file('a.sock')}")
    expect(File.stat(file('a.sock')).mode & 0o777).to eq(0o600)
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    expect(File.exist?(file('a.sock'))).to be(false)
  end

  it 'serves what a service manager listens on, and nothing else unless it is told' do
    listener = Hyperion::Listener.open(['tcp://127.0.0.1:0'])
    script = "ENV['LISTEN_PID'] = Process.pid.to_s; require 'hyperion/cli'; exit Hyperion::CLI.new.run(ARGV)"
    process = start_process(RbConfig.ruby, '-I', 'lib', '-e', script, rackup_file(telling),
                            environment: { 'LISTEN_FDS' => '1' }, descriptors: { 3 => listener.sockets.first.fileno })
    early = connect(listener.port).write(raw('GET / HTTP/1.1', 'Host: a'))
    expect(early.response.body).to include(process.pid.to_s)
    expect(process.stdout).to include("listening on http://127.0.0.1:#{listener.port} (")
  ensure
    listener&.close
  end

  it 'restarts on USR2 in its place, and refuses no connection meanwhile' do
    process = start_hyperion(rackup_file(telling), '-b', 'tcp://127.0.0.1:0', '-b', "unix://#{file('a.sock')}",
                             '--loops', '2')
    port = process.port
    3.times do |round|
      process.signal(:USR2)
      until process.stdout.lines.size > round + 1
        expect(get(port, '/').body).to include(process.pid.to_s)
        expect(over_unix(file('a.sock')).get('/').body).to include(process.pid.to_s)
        close_clients
      end
    end
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    expect(process.stderr.lines).to all(include('INFO message="drains, and executes itself anew"'))
    expect(process.stdout.lines.uniq.size).to eq(1)
    expect(File.exist?(file('a.sock'))).to be(false)
    expect { RawClient.open(port) }.to raise_error(Errno::ECONNREFUSED)
  end

  it 'restarts with the program as it is then' do
    path = rackup_file(telling)
    process = start_hyperion(path, '-p', '0')
    expect(get(process, '/').body).to include('127.0.0.1')
    File.write(path, "run ->(_env) { [200, {}, ['changed']] }\n")
    process.signal(:USR1)
    eventually { expect(get(process, '/').body).to eq('changed') }
  end

  it 'goes on with what it has when the program cannot be run any more' do
    path = rackup_file(telling)
    process = start_hyperion(path, '-p', '0')
    expect(get(process, '/').body).to include('127.0.0.1')
    ["raise 'no database'\n", "run ->(_env) { [200\n", "require 'no_such_gem'\n"].each_with_index do |content, number|
      File.write(path, content)
      process.signal(:USR2)
      await_times(process, 'cannot execute anew; what is there goes on', number + 1)
      expect(get(process, '/').body).to include(process.pid.to_s)
    end
    File.write(path, "run ->(_env) { [200, {}, ['changed']] }\n")
    process.signal(:USR2)
    eventually { expect(get(process, '/').body).to eq('changed') }
  end

  it 'writes its number to a file, and removes it at the end' do
    process = start_launcher(rackup_file(telling), pidfile: file('app.pid'))
    process.port
    expect(File.read(file('app.pid')).to_i).to eq(process.pid)
    process.signal(:INT)
    expect(process.wait.exitstatus).to eq(0)
    expect(File.exist?(file('app.pid'))).to be(false)
  end

  it 'writes its output to files, and opens them anew on HUP' do
    process = start_launcher(rackup_file("warn 'loading'\n#{telling}"), redirect_stdout: file('out'),
                                                                        redirect_stderr: file('err'))
    eventually(within: 20) { expect(File.exist?(file('out')) && File.read(file('out'))).to match(/listening on/) }
    expect(File.read(file('err'))).to eq("loading\n")
    File.rename(file('err'), file('err.1'))
    process.signal(:HUP)
    eventually { expect(File.exist?(file('err'))).to be(true) }
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    expect(process.output).to eq('')
  end

  it 'logs requests to a file, and opens it anew on HUP' do
    process = start_launcher(rackup_file(telling), access_log: file('access'), access_log_format: :combined)
    get(process, '/one')
    eventually { expect(File.read(file('access'))).to include('"GET /one HTTP/1.1" 200 ') }
    File.rename(file('access'), file('access.1'))
    process.signal(:HUP)
    eventually { expect(File.exist?(file('access'))).to be(true) }
    get(process, '/two')
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    expect(File.read(file('access'))).to match(%r{\A127\.0\.0\.1 .*"GET /two HTTP/1\.1" 200 .*\n\z})
  end

  it 'goes on with its files when they cannot be opened anew on HUP, and says so' do
    process = start_launcher(rackup_file("$stderr.puts('loaded')\n#{telling}"),
                             access_log: file('access'), redirect_stderr: file('err'))
    get(process, '/one')
    %w[access err].each do |name|
      File.rename(file(name), file("#{name}.1"))
      Dir.mkdir(file(name))
    end
    process.signal(:HUP)
    eventually { expect(File.read(file('err.1')).scan('cannot open a log file anew').size).to eq(2) }
    get(process, '/two')
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    expect(File.read(file('access.1'))).to match(%r{GET /one .*GET /two }m)
  end

  it 'logs requests to its output with --log-requests' do
    process = start_hyperion(rackup_file(telling), '-p', '0', '--log-requests')
    get(process, '/seen')
    process.await_output(%r{ - - \[.*"GET /seen HTTP/1\.1" 200 \d+$})
  end

  it 'tells a log that cannot be written in one line' do
    process = start_launcher(rackup_file(telling), access_log: file('none/access'))
    expect(process.wait.exitstatus).to eq(1)
    expect(process.output).to match(/\Ahyperion: No such file or directory.*access log.*\n\z/)
  end

  it 'ends on HUP when its output goes to no file' do
    process = start_hyperion(rackup_file(telling), '-p', '0')
    process.port
    process.signal(:HUP)
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'ends when it has had no connection for a while' do
    process = start_launcher(rackup_file(telling), shutdown_when_idle: 0.5)
    client = connect(process).tap { |connection| connection.get('/') }
    expect(seconds { client.get('/') }).to be < 10
    client.close
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'tells what its threads do on PWR', if: Signal.list.key?('PWR') do
    process = start_hyperion(rackup_file(telling), '-p', '0')
    get(process, '/')
    process.signal(:PWR)
    process.await_output(/message="thread backtrace" thread="hyperion worker 1" backtrace=/)
  end

  it 'is neither stopped nor ended by signals that are for a number of workers' do
    process = start_hyperion(rackup_file(telling), '-p', '0')
    get(process, '/')
    %i[TTIN TTOU].each_with_index do |signal, number|
      process.signal(signal)
      await_times(process, 'there are no workers whose number could change', number + 1)
    end
    expect(get(process, '/').body).to include(process.pid.to_s)
  end

  it 'ends at once while it loads the application' do
    %i[INT TERM QUIT].each do |signal|
      process = start_launcher(rackup_file("warn 'loading'\nsleep\n"), pidfile: file('app.pid'))
      process.await_output(/loading/)
      process.signal(signal)
      expect(seconds { expect(process.wait.exitstatus).to eq(0) }).to be_at_once
      expect(process.output).to eq("loading\n")
    end
  end

  it 'does what signals say that come while it loads the application, once it serves' do
    path = rackup_file("sleep(0.01) until File.exist?(#{file('go').inspect})\n#{telling}")
    process = start_launcher(path, redirect_stderr: file('err'))
    eventually { expect(File.exist?(file('err'))).to be(true) }
    File.rename(file('err'), file('err.1'))
    %i[HUP HUP TTIN PWR].each { |signal| process.signal(signal) }
    File.write(file('go'), '')
    expect(get(process, '/').body).to include(process.pid.to_s)
    eventually { expect(File.exist?(file('err')) && File.read(file('err'))).to include('there are no workers') }
    eventually { expect(File.read(file('err'))).to include('thread backtrace') }
  end

  it 'survives restarts that come at any point of a restart' do
    process = start_hyperion(rackup_file(telling), '-p', '0')
    get(process, '/')
    until process.stdout.lines.size > 2
      process.signal(:USR2)
      expect(get(process, '/').body).to include(process.pid.to_s)
      close_clients
    end
  end

  it 'ends when it is told so while it drains for a restart' do
    process = start_hyperion(rackup_file(<<~RUBY), '-p', '0')
      run ->(_env) { warn('asked'); sleep(0.01) until File.exist?(#{file('go').inspect}); [200, {}, ['done']] }
    RUBY
    held = connect(process).write(raw('GET / HTTP/1.1', 'Host: a'))
    process.await_output(/asked/)
    process.signal(:USR2)
    eventually { expect(process.stderr).to include('drains, and executes itself anew') }
    process.signal(:TERM)
    File.write(file('go'), '')
    expect(held.response.body).to eq('done')
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'tells hooks that raise to the log, and goes on' do
    words = "after_booted { raise 'no hook' }\nbefore_restart { raise 'no hook either' }\n"
    process = start_hyperion(rackup_file(telling), '-p', '0', *configured(words))
    expect(get(process, '/').body).to include(process.pid.to_s)
    process.await_output(/message="hook failed" hook=after_booted error="no hook"/)
    process.signal(:USR2)
    process.await_output(/message="hook failed" hook=before_restart error="no hook either"/)
    eventually { expect(process.stdout.lines.size).to eq(2) }
    expect(get(process, '/').body).to include(process.pid.to_s)
  end

  it 'runs from another directory, with an environment and static routes' do
    File.write(file('here.ru'), telling)
    process = start_launcher('here.ru', directory: @directory, environment: 'staging',
                                        static_routes: [{ path: '/up', body: "ok\n" }])
    expect(get(process, '/').body).to end_with('staging')
    expect(get(process, '/up').body).to eq("ok\n")
  end

  it 'says what it cannot have in one line' do
    complaints = {
      { directory: '/no/such/directory' } => %r{/no/such/directory},
      { pidfile: '/no/such/directory/pid' } => %r{cannot write the pidfile /no/such/directory/pid: No such file},
      { state_path: '/no/such/directory/state' } => %r{cannot write the state file /no/such/directory/state: No such},
      { binds: ['tcp://192.0.2.1:80'] } => %r{cannot listen on tcp://192.0.2.1:80}
    }
    started = complaints.map { |settings, pattern| [start_launcher(rackup_file(telling), **settings), pattern] }
    started.each do |process, pattern|
      expect(process.wait(within: 30).exitstatus).to eq(1)
      expect(process.stderr).to match(/\Ahyperion: .*#{pattern}.*\n\z/)
    end
  end
end
