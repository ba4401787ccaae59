# frozen_string_literal: true

require_relative 'deadline'
require_relative 'listener'
require_relative 'stop_signal'
require_relative 'in_flight'
require_relative 'request_watch'
require_relative 'server/registration'

module Hyperion
  # A Rack server: a listener, an application, routes, and the loop that serves them.
  #
  # In the process: {#start} blocks the calling thread; loop threads move bytes, and never wait for Ruby;
  # `thread_count` worker threads run the application.
  #
  # @example
  #   server = Hyperion::Server.new(app: app, port: 0, thread_count: 5)
  #   server.listen
  #   thread = Thread.new { server.start }
  #   server.port # => 40123
  #   server.stop
  #   thread.join
  class Server
    # How long {#stop} waits for the end.
    STOP_SECONDS = 1.0

    extend Registration

    # @return [#call, nil] the Rack application
    attr_reader :app

    # @return [Runtime] whose hooks are called
    attr_reader :runtime

    # @return [Configuration]
    attr_reader :configuration

    # @param app [#call, nil] the Rack application; nil: what no route serves is answered 404
    # @param host [String] address or name to listen on, unless there are `binds:`
    # @param port [Integer] 0: the kernel picks one
    # @param thread_count [Integer] threads that run the application; nil: 5, or the largest of `threads:`
    # @param listener [Listener, nil] what to listen on, open already; nil: what the settings say is opened
    # @param runtime [Runtime, nil] nil: {Runtime.default}
    # @param route_table [RouteTable, nil] nil: {.route_table}, as it is when the server starts
    # @param logger [#warn, nil] takes blocks that answer a Hash; nil: the runtime's
    # @param scoreboard [Scoreboard, nil] where it counts, as others do; nil: in one of its own
    # @param settings [Hash{Symbol => Object}] further ones, by the names of {Configuration}'s attributes
    # @raise [ArgumentError] naming what is wrong, and what is accepted
    def initialize(app:, host: '127.0.0.1', port: 9292, thread_count: nil, runtime: nil, route_table: nil, logger: nil,
                   listener: nil, scoreboard: nil, **settings)
      raise ArgumentError, "app must respond to call: #{app.inspect}" unless app.nil? || app.respond_to?(:call)

      @configuration = Configuration.of_server(host: host, port: port, thread_count: thread_count, **settings)
      @app = app
      @listener = listener
      @edge = Edge.new(@configuration, loops: 1)
      @runtime = runtime || Runtime.default
      @route_table = route_table
      @logger = logger
      @accounts = Accounts.new(@configuration, scoreboard, listener)
      @in_flight = InFlight.for(@configuration)
      @side_loops = SideLoops.new
      @lock = Mutex.new
      @ended = ConditionVariable.new
      @state = :new
    end

    # @return [RouteTable] the server's own, or {.route_table}
    def route_table
      @route_table || Server.route_table
    end

    # @return [#warn] where the server tells what went wrong; so many lines of a kind a second
    def runtime_logger
      @edge.errors(@logger || runtime.logger)
    end

    # @return [Integer] the (first) port bound; before {#listen}, or with unix sockets only, the one asked for
    def port
      @listener&.port || @configuration.tcp_bind&.port || @configuration.port
    end

    # @return [String] where it listens, or is to listen; the first address of several
    def url
      urls.first
    end

    # @return [Array<String>] where it listens, or is to listen
    def urls
      return @listener.urls unless @listener.nil? || @listener.closed?

      @configuration.binds.map { |uri| Bind.parse(uri).url }
    end

    # @return [String, nil] what serves connections: `epoll`, `poll`, `io_uring` or `ruby`; nil before {#start}
    def loop_name = @loop&.name

    # @return [Hash{Symbol => Object}] the loop's counters; empty before {#start}
    def stats = @loop ? @loop.stats : {}

    # @return [Scoreboard] where it counts
    def scoreboard
      @accounts.scoreboard
    end

    # @return [String] its counters, and those of who shares its {#scoreboard}, in Prometheus' text format
    def metrics
      @accounts.metrics
    end

    # Opens the file of the access log anew, if there is one: it may have been moved away. Any thread, and signal
    # handlers.
    #
    # @return [nil]
    def reopen_logs = @edge.reopen_log(runtime_logger)

    # Binds and listens; harmless when it listens already.
    #
    # @return [self]
    # @raise [SystemCallError] such as `Errno::EADDRINUSE`
    # @raise [SocketError] for a name that does not resolve
    def listen
      return self unless @listener.nil? || @listener.closed?

      @listener = Listener.open(@configuration.binds, count: @configuration.loops)
      self
    end

    # Serves, until it is stopped and has drained. Listens if need be. A server that has ended may start again.
    #
    # @yieldparam server [Server] when it is about to serve
    # @return [nil]
    # @raise [Error] when it is running already
    # @raise [SystemCallError, SocketError] when it cannot listen
    def start(&ready)
      enter
      begin
        start_raw_loop(&ready) unless @stopping
      ensure
        leave
      end
      nil
    end

    # Asks the server to end: no more connections are accepted, requests in flight are finished. May be called from
    # any thread and from signal handlers, more than once. Waits for the end for up to {STOP_SECONDS}, unless called
    # from a signal handler or one of the server's own threads. When the server has not started yet, its next
    # {#start} returns at once.
    #
    # @param within [Numeric] seconds until what is in flight is cut; 0: at once
    # @return [nil]
    def stop(within: @configuration.shutdown_timeout)
      drain(within: within)
      wait_for_end unless @state == :ended || own_thread?
      nil
    rescue ThreadError
      nil # a signal handler cannot wait
    end

    # Asks for the same, and does not wait.
    #
    # @param within [Numeric] seconds until what is in flight is cut
    # @param patience [Numeric] seconds for which connections between two requests may bring one more, whose answer says
    #   that it is the last: for a server in whose stead another accepts from the same listener
    # @return [nil]
    def drain(within: @configuration.shutdown_timeout, patience: 0)
      return if @state == :ended

      @stopping = true
      @edge.drain
      @loop&.stop(within, patience)
      @side_loops.stop(within, patience)
      @handoffs&.drain(patience)
    end

    # Serves what comes to another listener too, by the Ruby accept loop, until that is stopped or this server is.
    #
    # @api private
    # @param listener [Listener] open; it is closed at the end
    # @return [RubyLoop]
    def serve_too(listener)
      assembly(listener).ruby_loop.tap do |loop|
        @side_loops.start(loop)
        loop.stop(@configuration.shutdown_timeout) if @stopping
      end
    end

    private

    # ---- from start to end ----

    def enter
      @lock.synchronize do
        raise Error, 'the server is running already' if @state == :running

        @state = :running
      end
      @starter = Thread.current
      @loop = nil
      @edge = Edge.new(@configuration, loops: scoreboard.loops)
      @accounts.open
    end

    def leave
      @listener&.close unless @listener&.kept?
      @side_loops.stop(CLoop::ABRUPT_SECONDS) unless @stopping
      @side_loops.wait
      @handoffs&.shutdown(@loop&.deadline || Deadline.new)
      @edge.close_log(runtime_logger)
      @accounts.close
    ensure
      @lock.synchronize do
        @state = :ended
        @stopping = false
        @handoffs = @starter = nil
        @ended.broadcast
      end
    end

    def wait_for_end
      deadline = Deadline.new(STOP_SECONDS)
      @lock.synchronize do
        @listener&.close if @state == :new && !@listener&.kept?
        @ended.wait(@lock, deadline.left) while @state == :running && deadline.left.positive?
      end
    end

    def own_thread?
      thread = Thread.current
      thread == @starter || @loop&.include?(thread) || @side_loops.include?(thread) ||
        @handoffs&.include?(thread)
    end

    # ---- loops ----

    def start_raw_loop
      listen
      @edge.open_log
      outcome = run(engage_c_accept_loop? ? assembly.c_loop : assembly.ruby_loop) { yield self if block_given? }
      fall_back if outcome == :crashed
    end

    def engage_c_accept_loop?
      return false unless ConnectionLoop.available? && (@listener.nil? || @listener.plain_tcp?)

      route_table.empty? || ConnectionLoop.eligible_route_table?(route_table)
    end

    # A stop that came before the loop was there is handed on.
    def run(loop)
      @loop = loop
      loop.stop(@configuration.shutdown_timeout) if @stopping
      yield
      watch(loop).during { @edge.around { loop.run } }
    end

    def watch(loop)
      RequestWatch.new([loop, *@in_flight], @configuration, runtime: @runtime, logger: runtime_logger,
                                                            count: @accounts.method(:late))
    end

    def fall_back
      runtime_logger.warn { { message: 'the C loop has crashed; the Ruby accept loop takes over', port: port } }
      @listener.reopen unless @stopping || @listener.usable?
      run(assembly.ruby_loop) { nil }
    end

    def assembly(listener = @listener)
      Assembly.new(self, listener: listener, edge: @edge, accounts: @accounts, in_flight: @in_flight)
    end

    # ---- what loops hand over ----

    # Takes over a descriptor that the C loop gave up, and serves it on threads of its own kind, so that connections
    # which stay long do not keep the workers from requests.
    def dispatch_handed_off(descriptor, partial)
      socket = Socket.for_fd(descriptor)
      handoffs.submit(socket, partial)
    rescue StandardError
      socket&.autoclose = false # it stays the caller's
      raise
    end

    def handoffs
      @lock.synchronize do
        raise Error, 'the server has ended' if @state == :ended

        @handoffs ||= assembly.handoff_pool.tap { |pool| pool.drain if @stopping }
      end
    end
  end
end

require_relative 'server/route_table'
require_relative 'server/connection_loop'
require_relative 'server/accounts'
require_relative 'server/assembly'
require_relative 'server/c_loop'
require_relative 'server/edge'
require_relative 'server/io_uring'
require_relative 'server/ruby_loop'
require_relative 'server/side_loops'

Hyperion::Server.route_table = Hyperion::Server::RouteTable.new
