# frozen_string_literal: true

require_relative 'eventually'

# A Hyperion::Server that runs in a thread of its own.
class RunningServer
  # What Hyperion::Server#stop and the drain may take together, generously.
  END_SECONDS = Eventually::PATIENCE_SECONDS

  # The Hyperion::Server, its thread, and what it logged.
  attr_reader :server, :thread, :log

  def initialize(app, log:, **options)
    @log = log
    @server = Hyperion::Server.new(app: app, port: 0, **options)
  end

  # Listens, and runs in a thread. Connections may be made when it returns.
  def start
    @server.listen
    @thread = Thread.new { @server.start }
    @thread.report_on_exception = false
    self
  end

  def port
    @server.port
  end

  # Stops and waits for the end; raises what `start` raised.
  def stop
    @server.stop
    join
  end

  # Waits for `start` to return.
  def join(seconds = END_SECONDS)
    raise "the server has not ended after #{seconds} s; log: #{@log}" unless @thread.join(seconds)
  end

  def running?
    @thread.alive?
  end
end

# Servers of an example: they are stopped and joined when it ends.
module Servers
  HELLO = ->(_env) { [200, { 'content-type' => 'text/plain' }, ['hello']] }

  # Where servers log, unless they are given a runtime of their own.
  def log
    @log ||= CollectedLog.new
  end

  # Runs an application in a server on the engine that the example is for. Rack::Lint checks both sides of it, unless
  # `lint` is false.
  def serve(app = HELLO, lint: true, **options)
    app = Rack::Lint.new(app) if lint && app
    running = RunningServer.new(app, log: log, **engine_options, **options)
    servers << running
    running.start
  end

  # A block route, with Rack::Lint around the block.
  def route_block(method, path, &block)
    lint = Rack::Lint.new(block)
    Hyperion::Server.handle(method, path) { |env| lint.call(env) }
  end

  def static_route(path, body, method: :GET, **options)
    Hyperion::Server.handle_static(method, path, body, **options)
  end

  def stop_servers
    failures = servers.filter_map { |running| failure_of { running.stop } }
    servers.clear
    raise failures.first if failures.any?
  end

  private

  def servers
    @servers ||= []
  end

  def engine_options
    respond_to?(:engine) ? engine.options : {}
  end

  def failure_of
    yield
    nil
  rescue StandardError => e
    e
  end
end
