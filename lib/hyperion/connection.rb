# frozen_string_literal: true

require 'socket'
require 'io/wait'

require_relative 'error_reporter'
require_relative 'rack_env'
require_relative 'request_observer'
require_relative 'stop_signal'
require_relative 'connection/answers'
require_relative 'connection/input'
require_relative 'connection/output'
require_relative 'connection/session'
require_relative 'connection/time_outs'

module Hyperion
  # Ruby's own path for a connection. It drives the same state machine as the C loop ({Http::Exchange}), so that the two
  # answer alike. {#serve} blocks its thread from the first byte to the last; a {ConnectionPool} drives sessions, which
  # have a thread only while there is something to do.
  #
  # In the process: called by a {ConnectionPool}'s threads. One object may serve any number of connections.
  #
  # @example
  #   Hyperion::Connection.new.serve(socket, ->(env) { [200, {}, ['hello']] })
  class Connection
    # Where a client is when its socket does not say.
    LOOPBACK = '127.0.0.1'

    # @param route_table [Server::RouteTable, nil] routes that are served before the application; nil:
    #   {Server.route_table}
    # @param runtime [Runtime, nil] whose hooks are called; nil: {Runtime.default}
    # @param configuration [Configuration] limits and time-outs
    # @param env_template [Hash, nil] what every env begins with
    # @param logger [#warn, nil] where an application's errors are told; nil: the runtime's
    # @param stopping [StopSignal, nil] when set, connections end with their present answer
    # @param scoreboard [Scoreboard, nil] that this process has entered; nil: what is counted goes with the connection
    # @param accepted [Boolean] whether connections are new, rather than counted when they were accepted
    # @param in_flight [InFlight, nil] is told of each request
    # @param route_sets [Array<Http::RouteSet>, nil] instead of `route_table`: where routes are looked up, in order
    # @param edge [Hash] further keywords of {Http::Exchange}: `health`, what a health route says; `trusted_proxies` and
    #   `proxy_protocol`, {Http::Networks}; `access_log`, {Http::AccessLog}
    def initialize(route_table: nil, runtime: nil, configuration: Configuration.new, env_template: nil, logger: nil,
                   stopping: nil, route_sets: nil, scoreboard: nil, accepted: true, in_flight: nil, **edge)
      @route_sets = route_sets || [(route_table || Server.route_table).route_set]
      @scoreboard = scoreboard
      @accepted = accepted
      @edge = edge
      @runtime = runtime || Runtime.default
      @limits = configuration.limits
      @env_template = env_template || RackEnv.template(host: configuration.host, port: configuration.port)
      @env_template = @env_template.merge('rack.early_hints' => true) if configuration.early_hints
      @reporter = ErrorReporter.new(logger || @runtime.logger)
      @observer = RequestObserver.new(@runtime)
      @stopping = stopping
      @in_flight = in_flight
      @queue_timeout = configuration.queue_timeout
      @cleaner = ThreadLocals if configuration.clean_thread_locals
    end

    # Serves a connection until it ends, and closes the socket in any case but one: an application that has hijacked it
    # closes it itself. Answers what a client does wrong on the
    # wire, or closes; raises for nothing that a client does.
    #
    # @param socket [BasicSocket]
    # @param app [#call, nil] the Rack application; nil: what no route serves is answered 404
    # @param max_request_read_seconds [Numeric, nil] for a request to arrive in full, however it trickles: 408; nil: the
    #   time-outs of the configuration alone
    # @param partial [String, nil] bytes that were read from the socket already
    # @return [nil]
    def serve(socket, app, max_request_read_seconds: 60, partial: nil)
      session = session(socket, app, partial: partial)
      session.request_seconds = max_request_read_seconds
      buffer = String.new(capacity: Input::BYTES)
      while (awaited = session.run(buffer))
        session.wait(awaited)
      end
    ensure
      session ? session.finish : close(socket)
    end

    # @api private
    # @param socket [BasicSocket]
    # @param app [#call, nil]
    # @param partial [String, nil] bytes that were read from the socket already
    # @param others [#call, nil] answers whether others wait for the thread
    # @return [Session] to be driven, and finished, by the caller
    def session(socket, app, partial: nil, others: nil)
      exchange = exchange(socket, app)
      exchange.enter(@accepted)
      session = Session.new(socket, exchange, app, partial: partial, runtime: @runtime, observer: @observer,
                                                   reporter: @reporter)
      session.stopping = @stopping
      session.in_flight = @in_flight
      session.queue_timeout = @queue_timeout
      session.cleaner = @cleaner
      session.others = others
      session
    end

    private

    def exchange(socket, app)
      Http::Exchange.new(routes: @route_sets, env_template: @env_template, limits: @limits, peer: peer(socket),
                         application: !app.nil?, scoreboard: @scoreboard, **@edge)
    end

    def peer(socket)
      address = socket.remote_address
      return address.ip_address if address.ip?

      address.unix? ? '' : LOOPBACK
    rescue SystemCallError, IOError, NoMethodError
      LOOPBACK
    end

    def close(socket)
      socket.close
    rescue IOError, SystemCallError
      nil
    end
  end
end
