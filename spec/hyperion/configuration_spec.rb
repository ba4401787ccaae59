# frozen_string_literal: true

RSpec.describe Hyperion::Configuration do
  it 'has defaults for what a server cannot do without' do
    configuration = described_class.new
    expect(configuration).to have_attributes(host: '127.0.0.1', port: 9292, thread_count: 5, loops: 1,
                                             shutdown_timeout: 30, backend: nil)
  end

  it 'leaves limits to the engine unless they are set' do
    expect(described_class.new.limits).to eq(body_directory: Dir.tmpdir)
  end

  it 'translates limits to the names and units of the engine' do
    configuration = described_class.new(max_connections: 10, max_queue: 20, max_head_bytes: 4096, head_timeout: 0.25,
                                        idle_timeout: 5)
    expect(configuration.limits).to eq(connections: 10, queued_requests: 20, head_bytes: 4096, head_timeout: 250,
                                       idle_timeout: 5000, body_directory: Dir.tmpdir)
  end

  it 'takes the directory for bodies from the environment, unless it is given' do
    Dir.mktmpdir do |directory|
      before = ENV.fetch('TMPDIR', nil)
      ENV['TMPDIR'] = directory
      expect(described_class.new.body_directory).to eq(directory)
      expect(described_class.new(body_directory: Dir.pwd).body_directory).to eq(Dir.pwd)
    ensure
      ENV['TMPDIR'] = before
    end
  end

  it 'takes nil for the default' do
    expect(described_class.new(port: nil).port).to eq(9292)
  end

  {
    {} => 5..5, { thread_count: 3 } => 3..3, { threads: 4 } => 4..4, { threads: 0..8 } => 0..8,
    { threads: 2...5 } => 2..4, { threads: 1..4, thread_count: 4 } => 1..4
  }.each do |settings, threads|
    it "has #{threads} threads for #{settings}" do
      expect(described_class.new(**settings)).to have_attributes(threads: threads, thread_count: threads.max)
    end
  end

  it 'is frozen' do
    expect(described_class.new).to be_frozen
  end

  {
    { port: 70_000 } => 'port must be an Integer from 0 to 65535, not 70000',
    { port: '80' } => 'port must be an Integer from 0 to 65535, not "80"',
    { thread_count: 0 } => 'thread_count must be an Integer from 1 to 1024, not 0',
    { threads: 5..2 } => 'threads must be an Integer from 1 to 1024, or a Range from 0 or more, not 5..2',
    { threads: 0 } => 'threads must be an Integer from 1 to 1024, or a Range from 0 or more, not 0',
    { threads: 1.. } => 'threads must be an Integer from 1 to 1024, or a Range from 0 or more, not 1..',
    { fiber_scheduler: :async } => 'fiber_scheduler must be an object that responds to call, not :async',
    { request_timeout: 'soon' } => 'request_timeout must be seconds, a number from 0 to 86400, not "soon"',
    { out_of_band_gc: 0 } => 'out_of_band_gc must be an Integer from 1 to 2147483647, not 0',
    { host: '' } => 'host must be a String that is not empty, not ""',
    { head_timeout: -1 } => 'head_timeout must be seconds, a number from 0 to 86400, not -1',
    { head_timeout: Float::NAN } => 'head_timeout must be seconds, a number from 0 to 86400, not NaN',
    { backend: :kqueue } => 'backend must be one of epoll, poll, io_uring, not :kqueue',
    { body_directory: '/nowhere' } => 'body_directory must be the path of a directory that may be written to, ' \
                                      'of less than 224 bytes, not "/nowhere"',
    { metrics_path: '/up', health_path: '/up' } => 'metrics_path must be another path than health_path, not /up too',
    { control_url: 'http://127.0.0.1:80' } => 'control_url must be auto, or one of URIs such as tcp://127.0.0.1:9292,' \
                                              ' tcp://[::1]:9292?backlog=1024, unix:///run/app.sock?umask=0117&mode=' \
                                              '0660&backlog=1024, not "http://127.0.0.1:80"',
    { control_token: 'a b' } => 'control_token must be a String of printable ASCII characters without spaces, or ' \
                                'none, not "a b"',
    { control_url: 'tcp://0.0.0.0:9293', control_token: 'none' } => 'control_token must be a secret, not none, where ' \
                                                                    'others reach tcp://0.0.0.0:9293',
    { metrics_path: 'metrics' } => 'metrics_path must be a path that begins with /, not "metrics"',
    { max_headers: 1000 } => 'max_headers must be an Integer from 1 to 128, not 1000',
    { loops: 65 } => 'loops must be an Integer from 1 to 64, not 65',
    { binds: ['udp://x:1'] } => /\Abinds must be an Array of URIs such as tcp:.*unix:.*, not \["udp:..x:1"\]\z/,
    { binds: [] } => /\Abinds must be/,
    { threads: 0..0 } => /\Athreads must be/,
    { threads: 1..5, thread_count: 6 } => 'thread_count must be the largest number of threads, 5, not 6',
    { workers: 'two' } => 'workers must be an Integer from 0 to 512, or :auto, not "two"',
    { cluster_mode: :shared } => 'cluster_mode must be one of share, reuseport, not :shared',
    { app: 'app' } => 'app must be an object that responds to call, not "app"',
    { quiet: 'yes' } => 'quiet must be true or false, not "yes"',
    { hooks: { before_frok: [] } } => /\Ahooks must be a Hash of before_fork, .*, not /,
    { hooks: { before_fork: ['x'] } } => /\Ahooks must be/,
    { static_routes: [{ path: '/', text: '' }] } => /\Astatic_routes must be an Array of Hashes with path, body, /,
    { static_routes: [{ path: 'up', body: 'ok' }] } => 'path must begin with /: "up"',
    { static_routes: [{ path: '/up' }] } => 'body must be a String, not nil',
    { early_hints: 1 } => 'early_hints must be true or false, not 1',
    { trusted_proxies: ['10.0.0.0/33'] } => 'trusted_proxies must be an Array of networks, such as "10.0.0.0/8", ' \
                                            '"::1" and "unix:", not ["10.0.0.0/33"]',
    { proxy_protocol: '10.0.0.0/8' } => 'proxy_protocol must be an Array of networks, such as "10.0.0.0/8", ' \
                                        '"::1" and "unix:", not "10.0.0.0/8"',
    { health_path: 'up' } => 'health_path must be a path that begins with /, not "up"',
    { health_path: '/up?a' } => 'health_path must be a path that begins with /, not "/up?a"',
    { health_queue_limit: 0 } => 'health_queue_limit must be seconds, a number from 0.1 to 86400, not 0'
  }.each do |settings, message|
    it "refuses #{settings} with the setting's name and what it accepts" do
      expect { described_class.new(**settings) }.to raise_error(ArgumentError, message)
    end
  end

  it 'refuses a setting it does not know' do
    expect { described_class.new(prot: 80) }.to raise_error(ArgumentError, /unknown setting prot; known are host, port/)
  end

  it 'listens on host and port unless there are binds' do
    expect(described_class.new(host: '::1', port: 80).binds).to eq(['tcp://[::1]:80'])
    expect(described_class.new(binds: ['unix:///a']).binds).to eq(['unix:///a'])
  end

  it 'tells whether it was said where to listen' do
    expect(described_class.new(threads: 1..2).binds_given?).to be(false)
    [{ host: '::1' }, { port: 80 }, { binds: ['unix:///a'] }].each do |settings|
      expect(described_class.new(**settings).binds_given?).to be(true)
    end
  end

  it 'has as many threads as it is told, in either way' do
    expect(described_class.new(thread_count: 3)).to have_attributes(thread_count: 3, threads: 3..3)
    expect(described_class.new(threads: 1..8)).to have_attributes(thread_count: 8, threads: 1..8)
    expect(described_class.new(threads: 1...8)).to have_attributes(thread_count: 7, threads: 1..7)
  end

  it 'has a worker for each processor when it is to find out' do
    expect(described_class.new(workers: :auto).workers).to eq(Hyperion::Processors.available)
  end

  it 'has the environment of APP_ENV, RACK_ENV or RAILS_ENV' do
    with_environment('APP_ENV' => nil, 'RACK_ENV' => nil, 'RAILS_ENV' => 'staging') do
      expect(described_class.new.environment).to eq('staging')
    end
    with_environment('APP_ENV' => 'test', 'RACK_ENV' => 'production', 'RAILS_ENV' => nil) do
      expect(described_class.new.environment).to eq('test')
    end
    with_environment('APP_ENV' => '', 'RACK_ENV' => nil, 'RAILS_ENV' => nil) do
      expect(described_class.new.environment).to eq('development')
    end
  end

  it 'does not change when what it was given does' do
    binds = [+'unix:///a']
    hooks = { before_fork: [-> {}] }
    configuration = described_class.new(binds: binds, hooks: hooks)
    binds.first << 'b'
    hooks[:before_fork] << -> {}
    expect(configuration.binds).to eq(['unix:///a']).and all(be_frozen)
    expect(configuration.hooks[:before_fork].size).to eq(1)
  end

  it 'has what a server takes, and refuses what is not for a server' do
    settings = described_class.new(port: 0, threads: 1..3, pidfile: 'a.pid').server_settings
    expect(settings).to include(port: 0, threads: 1..3).and(satisfy { |names| !names.key?(:pidfile) })
    expect(described_class.of_server(**settings).threads).to eq(1..3)
    expect { Hyperion::Server.new(app: nil, pidfile: 'a.pid') }
      .to raise_error(ArgumentError, 'pidfile is a setting of the command hyperion, not of a Server')
  end
end
