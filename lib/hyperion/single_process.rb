# frozen_string_literal: true

require 'time'

module Hyperion
  # One process that serves by itself: runs a {Server}, does what signals say, and tells the service manager how it is.
  # Commands ask it for the same things as a {Cluster}.
  #
  # In the process: the main thread runs the server.
  #
  # @api private
  class SingleProcess
    # @return [Server]
    attr_reader :server

    # @param configuration [Configuration]
    # @param app [#call, nil]
    # @param listener [Listener] open
    # @param reexec [Reexec] what a restart executes
    # @param manager [ServiceManager]
    # @param reopen_logs [#call] opens log files anew, and answers whether there are any
    # @param hooks [Cluster::Hooks]
    # @param logger [#info, #warn, #error]
    # @yieldparam process [SingleProcess] when it is about to serve
    def initialize(configuration:, app:, listener:, reexec:, manager:, reopen_logs:, hooks:, logger: Hyperion.logger,
                   &booted)
      @configuration = configuration
      @listener = listener
      @reexec = reexec
      @manager = manager
      @reopen_logs = reopen_logs
      @hooks = hooks
      @logger = logger
      @booted = booted
      @server = Server.new(app: app, listener: listener, **configuration.server_settings)
      @rehearsal = nil
      @restarting = false
    end

    # Blocks until it has drained.
    #
    # @return [Boolean] whether the process is to execute its command anew
    def run
      Signals.draining(self, handlers) { @server.start { |server| started(server) } }
      @restarting
    end

    # Drains and ends, whatever else was asked for; any thread, and signal handlers.
    #
    # @return [nil]
    def stop
      @restarting = false
      @manager.stopping('draining')
      @server.stop
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
      @restarting = false
      @server.stop(within: 0)
    end

    # Opens the files that take the output, and the access log, anew; without such, ends the process.
    #
    # @return [nil]
    def reopen_logs
      @reopen_logs.call ? @server.reopen_logs : stop
    end

    # @return [Hash{Symbol => Object}] counters, by the names that Puma has for them
    def stats
      ruby = { engine: RUBY_ENGINE, version: RUBY_VERSION, patchlevel: RUBY_PATCHLEVEL }
      { started_at: @started_at&.utc&.iso8601, pid: Process.pid, **ServerStats.of(@server),
        versions: { hyperion: VERSION, ruby: ruby } }
    end

    # @return [Array<Hash{Symbol => Object}>] `name` and `backtrace` of every thread
    def thread_backtraces
      Backtraces.all
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
      @server.metrics
    end

    # @return [Scoreboard]
    def scoreboard
      @server.scoreboard
    end

    private

    def started(server)
      @started_at = Time.now
      ProcessTitle.master(server.urls, @configuration.tag)
      @booted.call(self)
      @hooks.call(:after_booted)
      @manager.ready("serves #{server.urls.join(', ')}")
    end

    def refuse_restart(error)
      @logger.error { { message: 'cannot execute anew; what is there goes on', error: error } }
    end

    def begin_restart
      @restarting = true
      @logger.info { { message: 'drains, and executes itself anew', command: @reexec.command.join(' ') } }
      @manager.reloading('executing anew')
      @listener.keep
      @server.stop
    end

    # ---- signals ----

    def handlers
      backtraces = -> { Backtraces.log(@logger) }
      alone = -> { @logger.warn { { message: 'there are no workers whose number could change' } } }
      { 'USR1' => -> { restart }, 'USR2' => -> { restart }, 'HUP' => -> { reopen_logs }, 'TTIN' => alone,
        'TTOU' => alone, 'INFO' => backtraces, 'PWR' => backtraces }
    end
  end
end
