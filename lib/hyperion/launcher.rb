# frozen_string_literal: true

require 'time'

require_relative '../hyperion'
require_relative 'app_loader'
require_relative 'banner'
require_relative 'cluster'
require_relative 'control'
require_relative 'idle_watch'
require_relative 'inherited_listeners'
require_relative 'output_files'
require_relative 'pid_file'
require_relative 'reexec'
require_relative 'rehearsal'
require_relative 'server_stats'
require_relative 'signals'

module Hyperion
  # Runs what a configuration describes, from the start of the process to its end: its directory, output, application,
  # listeners, file with its number, and signals. What is here without workers, is with them in a cluster.
  #
  # @example
  #   exit Hyperion::Launcher.new(Hyperion::Configuration.new(port: 3000)).run
  class Launcher
    # Exit status for what cannot be started.
    FAILURE = 1

    # @return [Configuration]
    attr_reader :configuration

    # @param configuration [Configuration]
    # @param stdout [IO] takes the start-up line
    # @param stderr [IO] takes the line that says what is wrong
    def initialize(configuration, stdout: $stdout, stderr: $stderr)
      @configuration = configuration
      @stdout = stdout
      @stderr = stderr
      @reexec = Reexec.new(command: configuration.restart_command)
      @control = Control::Station.new(configuration, stdout: stdout)
      @pid_file = nil
      @rehearsal = nil
      @restarting = false
    end

    # Blocks until the process is to end.
    #
    # @return [Integer] its exit status: 0 after a drain, {FAILURE} with a line that says why
    def run
      return 0 if Rehearsal.here(output: @stdout) { rehearse }

      prepare
      return run_cluster if @configuration.workers.positive?

      @control.during(self) { serve }
      return 0 unless @restarting

      call_hooks(:before_restart)
      @reexec.call(@listener)
    rescue Error, ArgumentError, SystemCallError, SocketError => e
      @stderr.puts("hyperion: #{e.message.lines.first.to_s.chomp}")
      FAILURE
    ensure
      @listener&.close
      @pid_file&.remove
    end

    # Drains and ends; any thread, and signal handlers.
    #
    # @return [nil]
    def stop
      @server&.stop
    end

    # Drains, and starts the same command anew in this process's place, once it is known that this can be. Connections
    # that come meanwhile wait in the listeners, which stay open. Any thread, and signal handlers.
    #
    # @return [nil]
    def restart
      return if @restarting || @rehearsal&.under_way?

      @rehearsal = Rehearsal.of(@reexec, seconds: @configuration.worker_boot_timeout) do |error|
        error ? refuse_restart(error) : begin_restart
      end
      nil
    end

    # The same: one process has no others that could serve meanwhile.
    #
    # @return [nil]
    def phased_restart
      restart
    end

    # Cuts what is in flight, and ends; any thread, and signal handlers.
    #
    # @return [nil]
    def halt
      @server&.stop(within: 0)
    end

    # Opens the files that take the output, and the access log, anew; without such, ends the process.
    #
    # @return [nil]
    def reopen_logs
      return stop unless reopen_files

      @server&.reopen_logs
      nil
    end

    # @return [Hash{Symbol => Object}] counters, by the names that Puma has for them
    def stats
      ruby = { engine: RUBY_ENGINE, version: RUBY_VERSION, patchlevel: RUBY_PATCHLEVEL }
      { started_at: @started_at&.utc&.iso8601, pid: Process.pid, **(@server ? ServerStats.of(@server) : {}),
        versions: { hyperion: VERSION, ruby: ruby } }
    end

    # @return [Array<Hash{Symbol => Object}>] `name` and `backtrace` of every thread
    def thread_backtraces
      Thread.list.map { |thread| { name: thread.name || thread.inspect, backtrace: thread.backtrace || [] } }
    end

    # Collects garbage.
    #
    # @return [Hash{Symbol => Integer}] the counters of Ruby's collector afterwards
    def gc
      GC.start
      gc_stats
    end

    # @return [Hash{Symbol => Integer}] the counters of Ruby's collector
    def gc_stats
      GC.stat
    end

    # @return [String] what the server has counted, as Prometheus reads it
    def metrics
      @server ? @server.metrics : ''
    end

    private

    # ---- restarting ----

    def refuse_restart(error)
      Hyperion.logger.error { { message: 'cannot execute anew; what is there goes on', error: error } }
    end

    def begin_restart
      @restarting = true
      @listener&.keep
      stop
    end

    # All of the start that may fail for what has changed, but for what touches the files and sockets of who serves.
    # With workers the application is loaded beside them anyway, by their successors.
    def rehearse
      enter_directory
      ENV['RACK_ENV'] = @configuration.environment
      load_app unless @configuration.workers.positive?
    end

    # ---- the start ----

    def enter_directory
      Dir.chdir(@configuration.directory) if @configuration.directory
    end

    def prepare
      [$stdout, $stderr].each { |io| io.sync = true } # whoever reads a log wants to see its last line
      enter_directory
      @output_files = OutputFiles.new(stdout: @configuration.redirect_stdout, stderr: @configuration.redirect_stderr,
                                      append: @configuration.redirect_append)
      @output_files.open
      ENV['RACK_ENV'] = @configuration.environment
      @app = load_app unless @configuration.workers.positive?
      @listener = open_listener
      @pid_file = PidFile.new(@configuration.pidfile).tap(&:write)
    end

    def load_app
      AppLoader.new(@configuration).call.tap { @configuration.static_routes.each { |route| register(**route) } }
    end

    # False when there are none.
    def reopen_files
      @output_files.reopen { |error| Hyperion.logger.error { { message: OutputFiles::KEPT, error: error.message } } }
      @output_files.any? || @configuration.access_log_file?
    end

    # ---- with workers ----

    # The application is not loaded here: each worker, or each generation of workers, does that anew.
    def run_cluster
      require 'rack'
      cluster = Cluster.new(configuration: @configuration, listener: @listener, load: -> { load_app }, reexec: @reexec,
                            reopen_logs: -> { reopen_files }, abandon: -> { @control.abandon }) { booted }
      @control.during(cluster) { cluster.run }
    end

    def booted
      Banner.show_cluster(@listener.urls, @configuration, @stdout) unless @configuration.quiet
    end

    def register(path:, body:, method: :GET, **options)
      Server.handle_static(method, path, body, **options)
    end

    def open_listener
      inherited = InheritedListeners.take(count: @configuration.loops)
      binds = inherited&.managed? && !@configuration.binds_given? ? [] : @configuration.binds
      Listener.open(binds, count: @configuration.loops, inherited: inherited)
    rescue SystemCallError, SocketError => e
      raise Error, "cannot listen on #{@configuration.binds.join(', ')}: #{e.message}"
    end

    # ---- running ----

    def serve
      @server = Server.new(app: @app, listener: @listener, **@configuration.server_settings)
      Signals.draining(self, handlers) do
        watching_for_idleness do
          @server.start { |ready| started(ready) }
        end
      end
    end

    def handlers
      backtraces = -> { log_backtraces }
      { 'USR1' => -> { restart }, 'USR2' => -> { restart }, 'HUP' => -> { reopen_logs }, 'INFO' => backtraces,
        'PWR' => backtraces }
    end

    def started(server)
      @started_at = Time.now
      title = "hyperion #{VERSION} (#{server.urls.join(', ')})"
      title += " [#{@configuration.tag}]" if @configuration.tag
      Process.setproctitle(title)
      Banner.show(server, @stdout) unless @configuration.quiet
      call_hooks(:after_booted)
    end

    def watching_for_idleness(&block)
      seconds = @configuration.shutdown_when_idle
      seconds ? IdleWatch.new(@server, seconds) { stop }.during(&block) : yield
    end

    def call_hooks(name)
      @configuration.hooks.fetch(name, []).each(&:call)
    end

    def log_backtraces
      thread_backtraces.each do |thread|
        Hyperion.logger.info { { message: 'thread', name: thread[:name], backtrace: thread[:backtrace].join("\n") } }
      end
    end
  end
end
