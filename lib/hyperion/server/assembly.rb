# frozen_string_literal: true

require_relative '../connection_pool'
require_relative '../thread_locals'

module Hyperion
  class Server
    # Puts together what serves a server's connections, as its settings say.
    #
    # @api private
    class Assembly
      # @param server [Server]
      # @param listener [Listener]
      # @param edge [Edge]
      # @param accounts [Accounts]
      # @param in_flight [InFlight, nil]
      def initialize(server, listener:, edge:, accounts:, in_flight:)
        @server = server
        @configuration = server.configuration
        @listener = listener
        @edge = edge
        @accounts = accounts
        @in_flight = in_flight
      end

      # @return [CLoop]
      def c_loop
        CLoop.new(engine: engine, listener: @listener, threads: @configuration.threads, runtime: @server.runtime,
                  logger: logger, scheduler: @configuration.fiber_scheduler, fibers: @configuration.fibers)
      end

      # @return [RubyLoop]
      def ruby_loop
        RubyLoop.new(listener: @listener, pool: connection_pool('hyperion worker', accepted: true),
                     logger: logger, max_connections: @configuration.max_connections)
      end

      # @return [ConnectionPool] for connections that a loop has accepted already
      def handoff_pool
        connection_pool('hyperion handoff', accepted: false)
      end

      private

      def logger
        @server.runtime_logger
      end

      def engine
        engine = Engine.new(loops: @listener.sockets.size, app: @server.app, routes: route_sets,
                            backend: IoUring.choose(@configuration.backend&.to_sym, logger),
                            env_template: engine_env_template, limits: @configuration.limits,
                            scoreboard: @accounts.scoreboard, shared_listener: @listener.shared?, **@edge.keywords)
        engine.cleaner = ThreadLocals if @configuration.clean_thread_locals
        engine.out_of_band_gc = @configuration.out_of_band_gc
        give_callbacks(engine)
      end

      def give_callbacks(engine)
        engine.lifecycle_callback = ConnectionLoop.build_lifecycle_callback(@server.runtime)
        engine.handoff_callback = ConnectionLoop.build_handoff_callback(@server)
        engine.observer = RequestObserver.new(@server.runtime)
        engine.error_reporter = reporter = ErrorReporter.new(logger)
        engine.trouble_reporter = reporter.method(:trouble)
        engine.refusal_reporter = ->(errno) { IoUring.tell(IoUring.cause_of(errno), logger) }
        engine
      end

      def route_sets
        [@edge.own_routes(@accounts.routes), @server.route_table.route_set].compact
      end

      # Connections may be given to the server before it serves, so its slot may be still to take.
      def connection_pool(name, accepted:)
        ConnectionPool.new(@server.app, threads: @configuration.threads, name: name, logger: logger,
                                        scheduler: @configuration.fiber_scheduler,
                                        health: @edge.health) do |stopping|
          Connection.new(route_sets: route_sets, runtime: @server.runtime, configuration: @configuration,
                         env_template: env_template, logger: logger, stopping: stopping,
                         scoreboard: @accounts.scoreboard.enter, accepted: accepted,
                         in_flight: @in_flight, **@edge.keywords)
        end
      end

      # A request without a Host is told the name that was asked for, which may be another than the address bound.
      def env_template
        host, port = ['localhost', 80]
        host, port = @configuration.tcp_bind&.host || @listener.tcp.host, @server.port if @listener.tcp
        RackEnv.template(host: host, port: port).merge('hyperion.draining' => @edge.method(:draining?))
      end

      # What a worker is to let applications do beyond answering; a {Connection} sees to that itself.
      def engine_env_template
        template = env_template.merge('rack.hijack?' => true)
        @configuration.early_hints ? template.merge('rack.early_hints' => true) : template
      end
    end
  end
end
