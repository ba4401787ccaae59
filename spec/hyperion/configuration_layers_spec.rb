# frozen_string_literal: true

require 'hyperion/cli'

RSpec.describe Hyperion::Configuration::Stack do
  def layer(origin, **settings)
    Hyperion::Configuration::Layer.new.tap do |layer|
      settings.each { |name, value| layer.set(name, value, origin) }
      yield layer if block_given?
    end
  end

  def merged(*layers)
    described_class.new(layers).configuration
  end

  it 'takes what the strongest layer says, and tells where it comes from' do
    stack = described_class.new([layer('-t', threads: 1..2), layer('file:1', threads: 3..4, loops: 2)])
    expect(stack.configuration).to have_attributes(threads: 1..2, loops: 2)
    expect(%i[threads loops max_queue].map { |name| stack.origin(name) }).to eq(%w[-t file:1 default])
  end

  it 'lets nil take the default back' do
    expect(merged(layer('a', max_queue: nil), layer('b', max_queue: 5)).max_queue).to be_nil
  end

  it 'takes one number of threads for both, whatever weaker layers say' do
    expect(merged(layer('a', thread_count: 3), layer('b', threads: 5..9)).threads).to eq(3..3)
    expect(merged(layer('a', threads: 5..9), layer('b', thread_count: 3)).threads).to eq(5..9)
  end

  it 'takes where to listen for one thing' do
    unix = layer('file') { |layer| layer.bind('unix:///a', 'file:1') }
    expect(merged(layer('-p', port: 80), unix).binds).to eq(['tcp://127.0.0.1:80'])
    expect(merged(unix, layer('PORT', port: 80)).binds).to eq(['unix:///a'])
    expect(merged(layer('-b', host: '::1'), layer('PORT', port: 80)).binds).to eq(['tcp://[::1]:80'])
    expect(described_class.new([unix, layer('PORT', port: 80)]).origin(:binds)).to eq('file:1')
  end

  it 'takes a port beside URIs, in one layer, for one address more' do
    both = layer('file', port: 80) { |layer| layer.bind('unix:///a', 'file') }
    expect(merged(both).binds).to eq(['unix:///a', 'tcp://127.0.0.1:80'])
  end
end

RSpec.describe Hyperion::Configuration::EnvironmentSettings do
  def settings(**variables)
    described_class.layer(variables.transform_keys(&:to_s)).settings
  end

  it 'reads what platforms and Puma say by the environment' do
    expect(settings(PORT: '3000', WEB_CONCURRENCY: '2', MIN_THREADS: '1', MAX_THREADS: '4', RAILS_ENV: 'staging'))
      .to eq(port: 3000, workers: 2, threads: 1..4, environment: 'staging')
    expect(settings(WEB_CONCURRENCY: 'auto')).to eq(workers: :auto)
  end

  it 'takes an empty variable for one that is not there' do
    expect(settings(PORT: '', WEB_CONCURRENCY: '', MAX_THREADS: '', APP_ENV: '', RACK_ENV: 'test'))
      .to eq(environment: 'test')
  end

  it 'needs only one of the two numbers of threads' do
    expect(settings(MAX_THREADS: '3')).to eq(threads: 3..3)
    expect(settings(MIN_THREADS: '1')).to eq(threads: 1..5)
    expect(settings(MIN_THREADS: '8')).to eq(threads: 8..8)
  end

  {
    { PORT: 'http' } => 'PORT takes a number, not http',
    { PORT: '70000' } => 'PORT: port must be an Integer from 0 to 65535, not 70000',
    { WEB_CONCURRENCY: 'x' } => 'WEB_CONCURRENCY takes a number or auto, not x',
    { WEB_CONCURRENCY: '-1' } => 'WEB_CONCURRENCY: workers must be an Integer from 0 to 512, or :auto, not -1',
    { MIN_THREADS: 'x' } => 'MIN_THREADS takes a number, not x',
    { MIN_THREADS: '5', MAX_THREADS: '2' } => /\AMIN_THREADS, MAX_THREADS: threads must be .*, not 5\.\.2\z/
  }.each do |variables, message|
    it "refuses #{variables} by the variable's name" do
      expect { settings(**variables) }.to raise_error(ArgumentError, message)
    end
  end
end
