# frozen_string_literal: true

require 'fileutils'
require 'tmpdir'
require 'hyperion/rack_handler'

RSpec.describe Hyperion::RackHandler::Options do
  # What `rails server -u hyperion -p 4000` hands over.
  rails = { user_supplied_options: %i[Port], server: 'hyperion', log_stdout: true, Port: 4000, Host: 'localhost',
            DoNotReverseLookup: true, config: 'config.ru', environment: 'development', daemonize: false,
            pid: 'tmp/pids/server.pid', caching: nil, restart_cmd: 'bin/rails server -p 4000', early_hints: nil }.freeze

  def settings(**options)
    described_class.new(options).settings
  end

  it 'takes everything that Rails passes' do
    expect(settings(**rails)).to eq(host: 'localhost', port: 4000)
  end

  it 'takes numbers as rackup passes them, and threads as Puma does' do
    found = settings(Host: 'h', Port: '0', Loops: '2', Threads: '1:7')
    expect(found).to eq(host: 'h', port: 0, loops: 2, threads: 1..7)
    expect(settings(Host: 'h', Threads: 3)).to eq(host: 'h', threads: 3..3)
  end

  it 'takes an IPv6 address with brackets' do
    expect(settings(Host: '[::1]')).to eq(host: '::1')
  end

  it 'listens on every address unless in development' do
    expect(settings(environment: 'development')).to eq(host: 'localhost')
    expect(settings(environment: :production)).to eq(host: '0.0.0.0')
  end

  it 'refuses numbers that are none' do
    expect { settings(Threads: 'many') }.to raise_error(ArgumentError, /Threads must be a number, not "many"/)
    expect { settings(Threads: '') }.to raise_error(ArgumentError, /Threads/)
  end

  describe 'for a process' do
    around { |example| Dir.mktmpdir('hyperion-spec') { |directory| (@directory = directory) && example.run } }

    let(:app) { Servers::HELLO }

    # With this configuration file, if there is one.
    def configuration(options, file = nil)
      if file
        FileUtils.mkdir_p(File.join(@directory, 'config'))
        File.write(File.join(@directory, 'config', 'hyperion.rb'), file)
      end
      described_class.new(options).configuration(app, directory: @directory)
    end

    def address(...)
      configuration(...).then { |found| found.binds.size == 1 ? found.binds.first : found.binds }
    end

    it 'are Rails\'s own defaults where nobody else says anything' do
      found = configuration(rails.merge(user_supplied_options: []))
      expect(found).to have_attributes(binds: ['tcp://localhost:4000'], early_hints: false, quiet: false, app: app,
                                       environment: 'development', restart_command: 'bin/rails server -p 4000')
    end

    it 'win over the configuration file where they are the user\'s, and only there' do
      file = "port 5000, '127.0.0.7'\nthreads 2, 4\nrestart_command 'mine'\nearly_hints"
      expect(address(rails, file)).to eq('tcp://127.0.0.7:4000')
      expect(address(rails.merge(user_supplied_options: []), file)).to eq('tcp://127.0.0.7:5000')
      expect(address(rails.merge(user_supplied_options: %i[Host]), file)).to eq('tcp://localhost:5000')
      expect(configuration({ **rails, Threads: 3, user_supplied_options: %i[Threads] }, file).threads).to eq(3..3)
      expect(configuration(rails, file)).to have_attributes(threads: 2..4, restart_command: 'mine', early_hints: true)
    end

    it 'take the place of the file\'s addresses, and are completed by those of Rails' do
      file = "bind 'unix:///run/some.sock'"
      expect(address(rails, file)).to eq('tcp://localhost:4000')
      expect(address(rails.merge(Host: '10.0.0.1', user_supplied_options: %i[Host]), file)).to eq('tcp://10.0.0.1:4000')
      expect(address(rails.merge(user_supplied_options: []), file)).to eq('unix:///run/some.sock')
    end

    it 'are all the user\'s when nobody says whose they are' do
      expect(address({ Host: '::1', Port: '1' }, 'port 5000')).to eq('tcp://[::1]:1')
    end

    it 'go with the environment, whose file is looked for' do
      FileUtils.mkdir_p(File.join(@directory, 'config', 'hyperion'))
      File.write(File.join(@directory, 'config', 'hyperion', 'test.rb'), "workers 2\nenvironment 'other'")
      expect(configuration({ environment: 'test' })).to have_attributes(workers: 2, environment: 'test')
      expect(configuration({ environment: 'staging', Silent: true })).to have_attributes(workers: 0, quiet: true)
    end

    it 'are refused with the file, which is told with its line' do
      expect { configuration({}, "threads 1\nport 'none'") }
        .to raise_error(Hyperion::Configuration::ConfigFile::Failure, /hyperion.rb:2: port/)
    end
  end

  it 'is quiet when asked to be' do
    quiet = ->(**options) { described_class.new(options).quiet? }

    expect([quiet.call, quiet.call(Silent: false), quiet.call(Silent: 'false')]).to all(be(false))
    expect([quiet.call(Silent: true), quiet.call(Silent: 'true'), quiet.call(quiet: true)]).to all(be(true))
  end
end
