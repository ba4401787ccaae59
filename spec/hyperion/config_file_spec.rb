# frozen_string_literal: true

require 'hyperion/cli'

RSpec.describe Hyperion::Configuration::ConfigFile do
  include_context 'with a directory'

  def path
    File.join(@directory, 'hyperion.rb')
  end

  def settings(text)
    File.write(path, text)
    described_class.layer(path).settings
  end

  it 'has a word for every setting' do
    said = settings(<<~RUBY)
      loops 2
      max_body_bytes 10
      head_timeout 0.5
      quiet
      tag '5'
    RUBY
    expect(said).to eq(loops: 2, max_body_bytes: 10, head_timeout: 0.5, quiet: true, tag: '5')
  end

  it 'takes a block for what is called' do
    said = settings("threads 1, 3\nrequest_timeout_hard 5\non_hard_timeout { :late }\nclean_thread_locals")
    expect(said).to include(threads: 1..3, request_timeout_hard: 5, clean_thread_locals: true)
    expect(said[:on_hard_timeout].call).to eq(:late)
    expect { settings('max_queue(5) { 6 }') }.to raise_error(described_class::Failure, /max_queue takes one value/)
  end

  it 'takes nil for the default' do
    expect(settings("max_queue nil\nthreads nil\napp nil")).to eq(max_queue: nil, threads: nil, app: nil)
  end

  it 'takes numbers that the environment has as Strings' do
    expect(settings("threads '1', '16'\nworkers '2'\nport '3000'\nhead_timeout '1.5'"))
      .to eq(threads: 1..16, workers: 2, port: 3000, head_timeout: 1.5)
    expect(settings("workers 'auto'\nthreads '3'")).to eq(workers: :auto, threads: 3..3)
    expect(settings("threads 1..4\nworkers :auto")).to eq(workers: :auto, threads: 1..4)
  end

  it 'takes lists with brackets and without' do
    expect(settings("trusted_proxies '10.0.0.0/8', '::1'\nproxy_protocol 'unix:'\nhealth '/up'"))
      .to eq(trusted_proxies: ['10.0.0.0/8', '::1'], proxy_protocol: ['unix:'], health_path: '/up')
    expect(settings("trusted_proxies ['10.0.0.0/8']")).to eq(trusted_proxies: ['10.0.0.0/8'])
  end

  it 'collects addresses, routes and hooks' do
    said = settings(<<~'RUBY')
      bind 'tcp://[::1]:80'
      bind 'unix:///a'
      port 3000, '0.0.0.0'
      static '/health', "ok\n"
      static '/robots.txt', '', content_type: 'text/plain', headers: { 'x-a' => 'b' }
      before_fork { :first }
      before_fork { :second }
      after_booted -> { :booted }
    RUBY
    expect(said[:binds]).to eq(['tcp://[::1]:80', 'unix:///a', 'tcp://0.0.0.0:3000'])
    expect(said[:static_routes]).to eq([{ path: '/health', body: "ok\n" },
                                        { path: '/robots.txt', body: '', content_type: 'text/plain',
                                          headers: { 'x-a' => 'b' } }])
    expect(said[:hooks].transform_values { |list| list.map(&:call) })
      .to eq(before_fork: %i[first second], after_booted: [:booted])
  end

  it "understands Puma's words that mean the same" do
    said = settings(<<~RUBY)
      preload_app!
      persistent_timeout 20
      worker_shutdown_timeout 25
      http_content_length_limit 1000
      stdout_redirect 'out', 'err', false
      app { |_env| [200, {}, []] }
      on_worker_boot { :boot }
      on_booted { :booted }
      early_hints
    RUBY
    expect(said).to include(preload_app: true, idle_timeout: 20, shutdown_timeout: 25, max_body_bytes: 1000,
                            redirect_stdout: 'out', redirect_stderr: 'err', redirect_append: false, early_hints: true)
    expect(said[:app].call({})).to eq([200, {}, []])
    expect(said[:hooks].keys).to eq(%i[before_worker_boot after_booted])
  end

  it 'is Ruby, and knows where it is' do
    File.write(File.join(@directory, 'more.rb'), 'MORE_FOR_THE_SPEC = 7')
    said = settings(<<~RUBY)
      require_relative 'more'
      def twice(number) = number * 2
      loops twice(MORE_FOR_THE_SPEC)
      tag __dir__
    RUBY
    expect(said).to eq(loops: 14, tag: File.realpath(@directory))
  end

  {
    'workrs 3' => 'unknown word workrs; did you mean workers?',
    'frobnicate' => 'unknown word frobnicate',
    'threads 5, 1' => /\Athreads must be an Integer .*, not 5\.\.1\z/,
    "threads 'few'" => /\Athreads must be an Integer/,
    "max_queue 'x'" => 'max_queue must be an Integer from 1 to 2147483647, not "x"',
    'quiet 1, 2' => 'quiet takes one value',
    'max_queue' => 'max_queue takes one value',
    "bind 'ssl://x:1'" => "cannot listen on ssl://x:1: it must be one of #{Hyperion::Bind::ACCEPTS}",
    "static 'up', 'ok'" => 'path must begin with /: "up"',
    "static '/up', 'ok', colour: 1" => /\Astatic_routes must be an Array of Hashes with path, body, /,
    "trusted_proxies '10.0.0.0/33'" => 'trusted_proxies must be an Array of networks, such as "10.0.0.0/8", "::1" ' \
                                       'and "unix:", not "10.0.0.0/33"',
    'before_fork' => 'before_fork takes a block, not nil',
    'idle_timeout 5' => 'idle_timeout: say persistent_timeout for the time between two requests of a connection, or ' \
                        'shutdown_when_idle for what Puma does',
    'plugin :tmp_restart' => 'plugin: there are no plugins; their work may be done in hooks',
    "raise 'on purpose'" => 'on purpose (RuntimeError)',
    "require 'no/such/file'" => 'cannot load such file -- no/such/file (LoadError)',
    '1 +' => /\Asyntax error/
  }.each do |text, message|
    it "refuses #{text} in one line that names file and line" do
      expect { settings("# first\n\n#{text}\n") }.to raise_error(described_class::Failure) { |error|
        place, said = error.message.split(/(?<=hyperion\.rb:3): |(?<=hyperion\.rb:4): /, 2)
        expect(place).to match(/\A#{Regexp.escape(path)}:[34]\z/)
        expect(said.lines.size).to eq(1)
        expect(said).to(message.is_a?(Regexp) ? match(message) : eq(message))
      }
    end
  end

  it 'refuses a file that is not there' do
    expect { described_class.layer('/no/such.rb') }
      .to raise_error(described_class::Failure, '/no/such.rb is not a file that can be read')
  end

  it "finds the environment's own file before the common one" do
    expect(described_class.default('production', directory: @directory)).to be_nil
    FileUtils.mkdir_p(File.join(@directory, 'config/hyperion'))
    common, own = %w[config/hyperion.rb config/hyperion/production.rb].map { |name| File.join(@directory, name) }
    File.write(common, '')
    expect(described_class.default('production', directory: @directory)).to eq(common)
    File.write(own, '')
    expect(described_class.default('production', directory: @directory)).to eq(own)
    expect(described_class.default('staging', directory: @directory)).to eq(common)
  end
end
