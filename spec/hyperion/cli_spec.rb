# frozen_string_literal: true

require 'hyperion/cli'
require 'socket'
require 'stringio'
require 'tempfile'

RSpec.describe Hyperion::CLI do
  let(:stdout) { StringIO.new }
  let(:stderr) { StringIO.new }

  around { |example| with_environment('RACK_ENV' => nil) { example.run } }

  def run(*arguments)
    described_class.new(stdout: stdout, stderr: stderr).run(arguments)
  end

  def with_rackup(text)
    Tempfile.create(['config', '.ru']) do |file|
      file.write(text)
      file.close
      yield file.path
    end
  end

  it 'shows its version' do
    expect(run('-v')).to eq(0)
    expect(stdout.string).to eq("hyperion #{Hyperion::VERSION}\n")
  end

  it 'shows its options' do
    expect(run('--help')).to eq(0)
    expect(stdout.string).to include('Usage: hyperion [config.ru]', '--bind', '--port', '--threads', '--loops')
  end

  {
    %w[--colour] => 'invalid option: --colour',
    %w[-p] => 'missing argument: -p',
    %w[-p many] => '-p takes a number, not many',
    %w[-p 70000] => 'port must be an Integer from 0 to 65535, not 70000',
    %w[-t 0] => 'threads must be an Integer from 1 to 1024, or a Range from 0 or more, not 0..0',
    %w[-t 1:x] => '-t takes a number, not x',
    %w[--loops 0] => 'loops must be an Integer from 1 to 64, not 0',
    %w[-t 1:2:3] => '-t takes MIN:MAX or one number, not 1:2:3',
    %w[-t 1:] => '-t takes MIN:MAX or one number, not 1:',
    ['-t', ''] => '-t takes MIN:MAX or one number, not ',
    %w[-w many] => '-w takes a number or auto, not many',
    %w[-w 1000] => 'workers must be an Integer from 0 to 512, or :auto, not 1000',
    %w[--idle-timeout soon] => '--idle-timeout takes a number of seconds, not soon',
    %w[--cluster-mode x] => 'cluster_mode must be one of share, reuseport, not "x"',
    ['-R', "'"] => 'restart_command must be a command as a shell would read it, not "\'"',
    ['-R', ' '] => 'restart_command must be a command as a shell would read it, not " "',
    ['--tag', ''] => '--tag takes a word that is not empty',
    %w[-b a -b b] => '-b takes one HOST, not b too; more are tcp://HOST:PORT',
    %w[-b udp://x:1] => "-b takes HOST or #{Hyperion::Bind::ACCEPTS}, not udp://x:1",
    %w[a.ru b.ru] => 'one rackup file, not 2: a.ru b.ru'
  }.each do |arguments, message|
    it "refuses #{arguments.join(' ')} with one line" do
      expect(run(*arguments)).to eq(64)
      expect(stderr.string).to eq("hyperion: #{message} (try --help)\n")
    end
  end

  it 'tells that the rackup file is missing' do
    expect(run('/nowhere/config.ru')).to eq(1)
    expect(stderr.string).to eq("hyperion: /nowhere/config.ru is not a file that can be read\n")
  end

  it 'tells what is wrong in the rackup file' do
    with_rackup("run nothing\n") do |path|
      expect(run(path)).to eq(1)
      expect(stderr.string).to match(/\Ahyperion: #{path}: undefined .*nothing.*\(NameError\).*\n\z/)
    end
    stderr.truncate(stderr.rewind)
    with_rackup("run(\n") do |path|
      expect(run(path)).to eq(1)
      expect(stderr.string).to match(/\Ahyperion: #{path}: .*\(SyntaxError\).*\n\z/)
    end
  end

  it 'tells that the port is in use' do
    taken = TCPServer.new('127.0.0.1', 0)
    port = taken.local_address.ip_port
    with_rackup("run ->(_env) { [200, {}, []] }\n") do |path|
      expect(run(path, '-p', port.to_s)).to eq(1)
    end
    expect(stderr.string).to match(/\Ahyperion: cannot listen on .*127\.0\.0\.1:#{port}: Address already in use.*\n\z/)
  ensure
    taken&.close
  end

  describe Hyperion::CLI::Options do
    def settings(*arguments)
      described_class.parse(arguments).settings
    end

    it 'reads an address and a port' do
      expect(settings('-b', '0.0.0.0', '-p', '0')).to eq(host: '0.0.0.0', port: 0)
    end

    it 'reads URIs, and takes a port beside them for one address more' do
      expect(settings('-b', 'tcp://[::1]:3000', '-b', 'unix:///a')).to eq(binds: ['tcp://[::1]:3000', 'unix:///a'])
      expect(settings('-b', 'unix:///a', '-p', '3000')).to eq(binds: ['unix:///a', 'tcp://127.0.0.1:3000'])
    end

    it 'reads one number of threads, or two' do
      expect(settings('-t', '8')).to eq(threads: 8..8)
      expect(settings('-t', '1:16')).to eq(threads: 1..16)
    end

    it 'reads every flag that is one setting' do
      expect(settings('-w', 'auto', '-e', 'staging', '--dir', '/', '--pidfile', 'a.pid', '--tag', 'shop', '-R', 'true',
                      '--idle-timeout', '1.5', '--preload', '--early-hints', '--redirect-stdout', 'out',
                      '--redirect-stderr', 'err', '--no-redirect-append', '-q', '--cluster-mode', 'reuseport'))
        .to eq(workers: :auto, environment: 'staging', directory: '/', pidfile: 'a.pid', tag: 'shop',
               restart_command: 'true', shutdown_when_idle: 1.5, preload_app: true, early_hints: true,
               redirect_stdout: 'out', redirect_stderr: 'err', redirect_append: false, quiet: true,
               cluster_mode: 'reuseport')
    end

    it 'reads files, of which a dash means none, and directories' do
      expect(described_class.parse([]).files).to be_nil
      expect(described_class.parse(%w[-C a.rb -C b.rb]).files).to eq(%w[a.rb b.rb])
      expect(described_class.parse(%w[-C a.rb -C -]).files).to eq([])
      expect(described_class.parse(%w[-I a:b -I c]).load_paths).to eq(%w[a b c])
    end

    it 'reads the rackup file' do
      expect(settings('app.ru', '--loops', '2')).to eq(rackup: 'app.ru', loops: 2)
      expect(settings).to eq({})
    end
  end
end
