# frozen_string_literal: true

require 'io/console'
require 'json'
require 'pty'

RSpec.describe 'Commands to a process' do
  app = <<~'RUBY'
    # frozen_string_literal: true
    run lambda { |env|
      sleep if env['PATH_INFO'] == '/held'
      [200, {}, [Process.pid.to_s]]
    }
  RUBY

  include_context 'with a directory'

  let(:state) { file('state') }
  let(:url) { "unix://#{file('control.sock')}" }
  let(:rackup) { rackup_file(app) }

  # Serves once it has told its address.
  def start_controlled(*arguments, **options)
    start_hyperion(rackup, '-p', '0', '--control-url', url, '-S', state, *arguments, **options).tap(&:port)
  end

  def ask(target, *fields)
    control(file('control.sock')).get(target, *fields)
  end

  it 'tell its counters, threads and garbage collector' do
    process = start_controlled('-t', '3')
    2.times { get(process, '/') }
    out, err, status = hyperion('stats', '-S', state)
    expect([err, status]).to eq(['', 0])
    expect(JSON.parse(out)).to include('pid' => process.pid, 'backlog' => 0, 'running' => 3, 'pool_capacity' => 3,
                                       'max_threads' => 3, 'busy_threads' => 0, 'requests_count' => 2,
                                       'started_at' => /\A\d{4}-\d\d-\d\dT/, 'resident_bytes' => be > 1_000_000,
                                       'versions' => include('hyperion' => Hyperion::VERSION))
    expect(hyperion('status', '-S', state)).to eq(["status: ok\n", '', 0])
    expect(hyperion('gc', '-S', state)).to eq(["gc: ok\n", '', 0])
    expect(JSON.parse(hyperion('gc-stats', '-S', state).first)).to include('major_gc_count' => be > 0)
    expect(hyperion('thread-backtraces', '-S', state).first).to match(/^hyperion worker 1\n    .*\.rb:\d+/)
    metrics = ExpositionReader.new(hyperion('metrics', '-S', state).first)
    expect(metrics.value('hyperion_requests_total', kind: 'app')).to eq(2)
  end

  it 'let it drain and end, and leave nothing behind' do
    process = start_controlled
    expect(hyperion('stop', '-S', state)).to eq(["stop: ok\n", '', 0])
    expect(process.wait.exitstatus).to eq(0)
    expect(Dir.children(@directory)).to eq([])
    expect(hyperion('status', '--control-url', url).last).to eq(1)
  end

  it 'let it end at once, whatever is in flight' do
    process = start_controlled
    client = connect(process).write(raw('GET /held HTTP/1.1', 'Host: a'))
    eventually { expect(stats_of(state)['busy_threads']).to eq(1) }
    expect(hyperion('halt', '-S', state)).to eq(["halt: ok\n", '', 0])
    expect(process.wait.exitstatus).to eq(0)
    expect { client.response }.to raise_error(RawClient::Ended)
    expect(Dir.children(@directory)).to eq([])
  end

  %w[restart phased-restart].each do |command|
    it "let it do a #{command}, with an address and a token as before" do
      process = start_controlled('--control-token', 'secret')
      before = stats_of(state)
      get(process, '/')
      close_clients
      expect(hyperion(command, '--control-url', url, '--control-token', 'secret')).to eq(["#{command}: ok\n", '', 0])
      eventually { expect(process.stdout.scan('listening on').size).to eq(2) }
      after = stats_of(state)
      expect(after.values_at('pid', 'requests_count')).to eq([before['pid'], 0])
      expect(get(process, '/').body).to eq(process.pid.to_s)
    end
  end

  it 'need a token, which only the state file tells when nobody has chosen it' do
    process = start_controlled
    expect(ask('/stop').status).to eq(403)
    expect(hyperion('stop', '--control-url', url))
      .to eq(['', "hyperion: #{url} refuses: the token is missing or wrong\n", 1])
    token = File.read(state)[/control_auth_token: (\S+)/, 1]
    expect(token).to match(/\A\h{32}\z/)
    expect(process.output).not_to include(token)
    expect(ask("/status?token=#{token}").status).to eq(200)
    expect(ask('/nothing', "Authorization: Bearer #{token}").status).to eq(404)
    expect([state, file('control.sock')].map { |path| File.stat(path).mode & 0o777 }).to eq([0o600, 0o600])
  end

  it 'find a process that chose its own address, and told its token on the output' do
    process = start_hyperion(rackup, '-p', '0', '--control-url', 'auto')
    address, token = process.await_output(/takes commands on (\S+), token (\h+)$/).captures
    expect(hyperion('status', '--control-url', address, '--control-token', token).last).to eq(0)
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    expect(File.exist?(address.delete_prefix('unix://'))).to be(false)
  end

  it 'find a process by the configuration file that it was started with' do
    Dir.mkdir(file('config'))
    File.write(file('config/hyperion.rb'), <<~RUBY)
      bind 'tcp://127.0.0.1:0'
      activate_control_app 'tcp://127.0.0.1:0', no_token: true
      state_path #{state.inspect}
      rackup #{rackup.inspect}
    RUBY
    lib = File.expand_path('lib')
    process = start_process(RbConfig.ruby, '-I', lib, File.expand_path('exe/hyperion'), directory: @directory)
    process.await_output(/listening on/)
    expect(hyperion('status', directory: @directory)).to eq(["status: ok\n", '', 0])
    expect(hyperion('stop', directory: @directory)).to eq(["stop: ok\n", '', 0])
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'come as signals where there is no control server' do
    process = start_hyperion(rackup, '-p', '0', '--pidfile', file('pid'))
    process.port
    place = ['--pidfile', file('pid')]
    expect(hyperion('status', *place)).to eq(["status: process #{process.pid}\n", '', 0])
    expect(hyperion('thread-backtraces', *place).last).to eq(0)
    process.await_output(/backtrace=/)
    expect(hyperion('stats', *place).last).to eq(1)
    hyperion('stop', *place)
    expect(process.wait.exitstatus).to eq(0)
    expect(hyperion('stop', '--pid', process.pid.to_s))
      .to eq(['', "hyperion: there is no process #{process.pid}\n", 1])
  end

  it 'are answered however many clients are slow or silent' do
    start_controlled
    50.times { |index| control(file('control.sock')).write('GET /stats HT'[0, index % 13]) }
    expect(seconds { expect(hyperion('status', '-S', state).last).to eq(0) }).to be < 10
  end

  it 'are not served where somebody else is' do
    other = TCPServer.new('127.0.0.1', 0)
    process = start_hyperion(rackup, '-p', '0', '--control-url', "tcp://127.0.0.1:#{other.addr[1]}")
    expect(process.wait.exitstatus).to eq(1)
    expect(process.stderr).to match(/\Ahyperion: the control server cannot listen on tcp:.*already in use.*\n\z/)
  ensure
    other&.close
  end

  it 'do not show routes and hooks of the application' do
    File.write(rackup, "require 'hyperion'\nHyperion::Server.handle_static(:GET, '/up', 'static')\n#{app}")
    process = start_controlled('--control-token', 'none')
    expect(get(process, '/up').body).to eq('static')
    expect(ask('/up').status).to eq(404)
    expect(ask('/').status).to eq(404)
  end

  describe 'hyperion top' do
    it 'shows what happens, look after look, where there is no terminal' do
      process = start_controlled
      get(process, '/')
      out, err, status = hyperion('top', '-n', '2', '-i', '0.1', '-S', state)
      expect([err, status]).to eq(['', 0])
      expect(out.scan(/^requests\/s /).size).to eq(2)
      expect(out).to match(/^ +- +#{process.pid} serves .* 1 +\d+MiB$/)
      expect(out).not_to include("\e")
    end

    it 'has a terminal for itself until q is typed, and gives it back as it was' do
      start_controlled
      PTY.spawn(RbConfig.ruby, '-I', 'lib', 'exe/hyperion', 'top', '-S', state) do |screen, keys, pid|
        keys.winsize = [10, 60]
        seen = +''
        seen << screen.readpartial(4096) until seen.include?('WORKER')
        expect(seen).to start_with("\e[?1049h\e[?25l")
        keys.write('q')
        begin
          loop { seen << screen.readpartial(4096) }
        rescue Errno::EIO, EOFError
          expect(seen).to end_with("\e[?25h\e[?1049l")
        end
        expect(Process.wait2(pid).last.exitstatus).to eq(0)
      end
    end

    it 'ends with one line when there is nobody to look at' do
      expect(hyperion('top', '--control-url', url)).to match(['', /\Ahyperion: no answer from .*\n\z/, 1])
    end
  end
end
