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
      expect(described_class.new(body_directory: '/').body_directory).to eq('/')
    ensure
      ENV['TMPDIR'] = before
    end
  end

  it 'takes nil for the default' do
    expect(described_class.new(port: nil).port).to eq(9292)
  end

  it 'is frozen' do
    expect(described_class.new).to be_frozen
  end

  {
    { port: 70_000 } => 'port must be an Integer from 0 to 65535, not 70000',
    { port: '80' } => 'port must be an Integer from 0 to 65535, not "80"',
    { thread_count: 0 } => 'thread_count must be an Integer from 1 to 1024, not 0',
    { host: '' } => 'host must be a String that is not empty, not ""',
    { head_timeout: -1 } => 'head_timeout must be seconds, a number from 0 to 86400, not -1',
    { head_timeout: Float::NAN } => 'head_timeout must be seconds, a number from 0 to 86400, not NaN',
    { backend: :kqueue } => 'backend must be one of epoll, poll, not :kqueue',
    { body_directory: '/nowhere' } => 'body_directory must be the path of a directory that may be written to, ' \
                                      'of less than 224 bytes, not "/nowhere"',
    { max_headers: 1000 } => 'max_headers must be an Integer from 1 to 128, not 1000'
  }.each do |settings, message|
    it "refuses #{settings} with the setting's name and what it accepts" do
      expect { described_class.new(**settings) }.to raise_error(ArgumentError, message)
    end
  end

  it 'refuses a setting it does not know' do
    expect { described_class.new(prot: 80) }.to raise_error(ArgumentError, /unknown setting prot; known are host, port/)
  end
end
