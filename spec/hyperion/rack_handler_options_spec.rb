# frozen_string_literal: true

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

  it 'tells what the user asked for from what Rails did' do
    expect(described_class.new(rails).user_settings).to eq(port: 4000)
  end

  it 'takes everything for the user\'s when nobody says whose it is' do
    expect(described_class.new({ Host: '::1', Port: '1' }).user_settings).to eq(host: '::1', port: 1)
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

  it 'is quiet when asked to be' do
    quiet = ->(**options) { described_class.new(options).quiet? }

    expect([quiet.call, quiet.call(Silent: false), quiet.call(Silent: 'false')]).to all(be(false))
    expect([quiet.call(Silent: true), quiet.call(Silent: 'true'), quiet.call(quiet: true)]).to all(be(true))
  end
end
