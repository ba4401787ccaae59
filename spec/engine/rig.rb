# frozen_string_literal: true

# An engine with a listener, loop threads and workers, as a server would have them, but nothing of Hyperion::Server.
class EngineRig
  TEMPLATE = {
    'SCRIPT_NAME' => '', 'SERVER_NAME' => 'localhost', 'SERVER_PORT' => '80', 'rack.url_scheme' => 'http'
  }.freeze
  JOIN_SECONDS = 30

  attr_reader :engine, :port, :loops, :workers, :errors

  # The block gets the engine before anything runs.
  def initialize(app = nil, workers: 2, loops: 1, **options)
    @listener = TCPServer.new('127.0.0.1', 0)
    @port = @listener.local_address.ip_port
    @errors = Thread::Queue.new
    @engine = Hyperion::Engine.new(app: app, loops: loops, env_template: TEMPLATE, **options)
    @engine.error_reporter = ->(error, env) { @errors << [error, env] }
    yield @engine if block_given?
    @loops = Array.new(loops) { |index| thread { @engine.run_loop(index, @listener.fileno) } }
    @workers = Array.new(workers) { thread { @engine.run_worker } }
  end

  def add_worker(&work)
    @workers << thread(&work || -> { @engine.run_worker })
    @workers.last
  end

  # What the loops answered.
  def stop(milliseconds = 500)
    @engine.stop(milliseconds)
    outcomes = @loops.map { |loop| loop.join(JOIN_SECONDS)&.value }
    @engine.close_queue
    @workers.each { |worker| join(worker) }
    outcomes
  ensure
    @listener.close
  end

  private

  def join(worker)
    worker.join(JOIN_SECONDS) || raise('a worker does not end')
  rescue StandardError
    raise if worker.alive?
  end

  def thread(&work)
    Thread.new do
      Thread.current.report_on_exception = false
      work.call
    end
  end
end

# Rigs and clients of an example; they end with it.
module EngineRigs
  def rig(...)
    EngineRig.new(...).tap { |rig| rigs << rig }
  end

  def connect(rig, **options)
    RawClient.open(rig.port, **options).tap { |client| clients << client }
  end

  def get(rig, path = '/')
    connect(rig).get(path)
  end

  def end_rigs
    rigs.each { |rig| rig.stop(0) unless rig.loops.none?(&:alive?) && rig.workers.none?(&:alive?) }
    clients.each(&:close)
  end

  private

  def rigs
    @rigs ||= []
  end

  def clients
    @clients ||= []
  end
end
