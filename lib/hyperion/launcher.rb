# frozen_string_literal: true

require_relative '../hyperion'
require_relative 'app_loader'
require_relative 'banner'
require_relative 'cluster'
require_relative 'control'
require_relative 'early_signals'
require_relative 'idle_watch'
require_relative 'inherited_listeners'
require_relative 'output_files'
require_relative 'pid_file'
require_relative 'reexec'
require_relative 'rehearsal'
require_relative 'server_stats'
require_relative 'signals'
require_relative 'single_process'

module Hyperion
  # Runs what a configuration describes, from the start of the process to its end: its directory, output, application,
  # listeners, and file with its number. Who serves is a {SingleProcess}, or with workers a {Cluster}.
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
      @hooks = Cluster::Hooks.new(configuration.hooks, Hyperion.logger)
      @pid_file = nil
    end

    # Blocks until the process is to end.
    #
    # @yieldparam target [Server, Cluster] that is about to serve
    # @return [Integer] its exit status: 0 after a drain, {FAILURE} with a line that says why
    def run(&about)
      return 0 if Rehearsal.here(output: @stdout) { rehearse }

      EarlySignals.during do |signals|
        @signals = signals
        prepare
        cluster? ? run_cluster(&about) : run_alone(&about)
      end
    rescue Error, ArgumentError, SystemCallError, SocketError => e
      @stderr.puts("hyperion: #{e.message.lines.first.to_s.chomp}")
      FAILURE
    ensure
      @idle_watch&.stop
      @listener&.close
      @pid_file&.remove
    end

    private

    def cluster?
      @configuration.workers.positive?
    end

    # ---- the start ----

    # All of the start that may fail for what has changed, but for what touches the files and sockets of who serves.
    # With workers the application is loaded beside them anyway, by their successors.
    def rehearse
      enter_directory
      ENV['RACK_ENV'] = @configuration.environment
      load_app unless cluster?
    end

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
    end

    def load_app
      AppLoader.new(@configuration).call.tap { @configuration.static_routes.each { |route| register(**route) } }
    end

    def register(path:, body:, method: :GET, **options)
      Server.handle_static(method, path, body, **options)
    end

    # ---- where others find it ----

    def listen
      @listener = open_listener
      @pid_file = PidFile.new(@configuration.pidfile).tap(&:write)
    end

    def open_listener
      inherited = InheritedListeners.take(count: @configuration.loops)
      binds = inherited&.managed? && !@configuration.binds_given? ? [] : @configuration.binds
      Listener.open(binds, count: @configuration.loops, inherited: inherited)
    rescue SystemCallError, SocketError => e
      raise Error, "cannot listen on #{@configuration.binds.join(', ')}: #{e.message}"
    end

    # False when there are none.
    def reopen_files
      @output_files.reopen { |error| Hyperion.logger.error { { message: OutputFiles::KEPT, error: error.message } } }
      @output_files.any? || @configuration.access_log_file?
    end

    # ---- running ----

    # Until it is executed anew, if it is to be; loading the application is as much a sign of life as serving it.
    def run_alone
      manager = ServiceManager.new
      again = manager.while_alive do
        process = single_process(load_app, manager)
        yield process.server if block_given?
        @control.during(process) { process.run }
      end
      execute_anew if again
      0
    end

    def single_process(app, manager)
      listen
      SingleProcess.new(configuration: @configuration, app: app, listener: @listener, reexec: @reexec,
                        manager: manager, reopen_logs: -> { reopen_files }, hooks: @hooks) do |process|
        booted(process) { Banner.show(process.server, @stdout) }
      end
    end

    def execute_anew
      @hooks.call(:before_restart)
      @signals.ignore
      @reexec.call(@listener)
    end

    # The application is not loaded here: each worker, or each generation of workers, does that anew.
    def run_cluster
      require 'rack'
      listen
      cluster = Cluster.new(configuration: @configuration, listener: @listener, load: -> { load_app }, reexec: @reexec,
                            reopen_logs: -> { reopen_files }, abandon: -> { @control.abandon }) do |running|
        booted(running) { Banner.show_cluster(@listener.urls, @configuration, @stdout) }
      end
      yield cluster if block_given?
      @control.during(cluster) { cluster.run }
    end

    # @param target [SingleProcess, Cluster]
    def booted(target)
      yield unless @configuration.quiet
      seconds = @configuration.shutdown_when_idle
      @idle_watch = IdleWatch.new(target.scoreboard, seconds) { target.stop }.start if seconds
      @signals.release
    end
  end
end
