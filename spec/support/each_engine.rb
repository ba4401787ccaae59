# frozen_string_literal: true

require_relative 'serving_threads'

# What may serve a listener, and how an example asks for it.
class Engine
  # The class of what serves connections in place of the server's own; nil: nothing does.
  attr_reader :pool

  attr_reader :name, :options

  def initialize(name, environment: {}, options: {}, pool: nil, &missing)
    @name = name
    @environment = environment
    @options = options
    @pool = pool
    @missing = missing || -> {}
  end

  # Why it cannot be tried here; nil when it can.
  def missing
    @missing.call
  end

  # Runs the block with the environment that picks this engine.
  def select
    before = ENV.slice('HYPERION_C_ACCEPT_LOOP', 'HYPERION_IO_URING_ACCEPT')
    ENV.update('HYPERION_C_ACCEPT_LOOP' => nil, 'HYPERION_IO_URING_ACCEPT' => nil, **@environment)
    yield
  ensure
    ENV.update('HYPERION_C_ACCEPT_LOOP' => nil, 'HYPERION_IO_URING_ACCEPT' => nil, **before)
  end

  RUBY = new('the Ruby accept loop', environment: { 'HYPERION_C_ACCEPT_LOOP' => '0' })
  SERVE = new('Connection#serve', environment: { 'HYPERION_C_ACCEPT_LOOP' => '0' }, pool: ServingThreads)
  EPOLL = new('the C loop on epoll', options: { backend: :epoll }) do
    'epoll is Linux only' unless RUBY_PLATFORM.include?('linux')
  end
  POLL = new('the C loop on poll', options: { backend: :poll })
  IO_URING = new('the C loop on io_uring', environment: { 'HYPERION_IO_URING_ACCEPT' => '1' }) do
    Hyperion::Server::IoUring.trouble
  end

  # Those that a server picks by itself.
  OWN = [RUBY, EPOLL, POLL, IO_URING].freeze
  ALL = [*OWN, SERVE].freeze
  C_LOOPS = [EPOLL, POLL, IO_URING].freeze
end

# Runs a group's examples on every engine. One that cannot be tried is left out; wire/engines_agree_spec.rb prints it as
# skipped.
module EachEngine
  def each_engine(engines = Engine::ALL, &examples)
    engines.reject(&:missing).each do |engine|
      context "on #{engine.name}" do
        let(:engine) { engine }
        around { |example| engine.select { example.run } }
        before { stub_const('Hyperion::ConnectionPool', engine.pool) if engine.pool }
        class_exec(&examples)
      end
    end
  end

  def each_c_loop(&examples)
    each_engine(Engine::C_LOOPS, &examples)
  end
end
