# frozen_string_literal: true

module Hyperion
  class Cluster
    # A process that serves. It lives in a child of the master: loads the application unless that was done before,
    # runs a {Server} on what the master listens on, and tells the master how it is.
    #
    # In the process: the main thread runs the server; one thread does what the master says, one tells that all is well.
    #
    # @api private
    class Worker
      # What makes it log what its threads are doing.
      BACKTRACE_SIGNAL = Signal.list.key?('PWR') ? 'PWR' : 'INFO'

      # Seconds between two signs of life at most.
      PING_SECONDS = 1.0

      # A retiring worker's idle connections have so long to bring a last request.
      PATIENCE_SECONDS = 2.0

      # @param index [Integer] of its slot
      # @param channel [Channel] to the master
      # @param configuration [Configuration]
      # @param logger [#warn, #info]
      # @param hooks [Hooks]
      # @param reopen_logs [#call] opens log files anew
      # @yieldreturn [Server] with the application loaded
      def initialize(index, channel:, configuration:, logger:, hooks:, reopen_logs:, &build)
        @index = index
        @channel = channel
        @configuration = configuration
        @logger = logger
        @hooks = hooks
        @reopen_logs = reopen_logs
        @build = build
        @stopping = false
      end

      # Serves until it is told to end, or its master has gone.
      #
      # @return [Integer] the exit status
      def run
        take_signals
        @channel.tell(:hello, pid: Process.pid)
        obey
        @hooks.call(:before_worker_boot, @index)
        @server = @build.call
        @quota = Quota.new(@configuration)
        @deputy = Deputy.new(@server, @configuration)
        @server.start { serving }
        @hooks.call(:before_worker_shutdown, @index)
        0
      rescue StandardError, ScriptError => e
        fail_with(e)
      end

      # A request has run beyond `request_timeout_hard`: the worker is to be replaced.
      #
      # @param request [Array<Object>] the env, the thread, the seconds
      # @return [nil]
      def late(*request)
        @configuration.on_hard_timeout&.call(*request)
        @channel.tell(:spent, reason: :request_timeout_hard) unless @stopping
        nil
      end

      private

      # ---- signals ----

      # INT reaches the whole of a terminal's process group, and the master decides what it means.
      def take_signals
        (SignalPipe::NAMES - ['CHLD']).each { |name| Signal.trap(name, 'IGNORE') }
        Signal.trap('CHLD', 'DEFAULT')
        Signal.trap('TERM') { retire }
        Signal.trap('QUIT') { stop }
        Signal.trap(BACKTRACE_SIGNAL) { tell_backtraces }
      end

      # In a thread, since a handler must not wait for the channel's lock.
      def tell_backtraces
        Backtraces.log(@logger, worker: @index, pid: Process.pid)
        Thread.new { @channel.tell(:backtraces, threads: Backtraces.all) }
      end

      # ---- the master's words ----

      def obey
        Thread.new do
          Thread.current.name = 'hyperion control'
          @channel.wait.each { |message| follow(message) } until @channel.ended?
          abandoned
        end
      end

      def follow(message)
        case message[:kind]
        when 'retire' then retire
        when 'stop' then stop
        when 'deputise' then @deputy.deputise(message[:slot], message[:ios])
        when 'relieve' then @deputy.relieve(message[:slot])
        when 'backtraces' then @channel.tell(:backtraces, threads: Backtraces.all, query: message[:query])
        when 'gc_stats' then tell_collector(message)
        when 'gc' then tell_collector(message) { GC.start }
        when 'reopen_logs' then reopen_logs
        end
      end

      def reopen_logs
        @reopen_logs.call
        @server&.reopen_logs
      end

      def tell_collector(message)
        yield if block_given?
        @channel.tell(:gc, stat: GC.stat, query: message[:query])
      end

      def abandoned
        return if @stopping

        @logger.warn { { message: 'the master has gone; worker ends', worker: @index, pid: Process.pid } }
        stop
      end

      # Others accept from now on.
      def retire
        @stopping = true
        @server ? @server.drain(patience: PATIENCE_SECONDS) : exit!(0)
      end

      # Nobody does.
      def stop
        @stopping = true
        return exit!(0) unless @server

        @server.drain
        @channel.tell(:draining)
      end

      # ---- signs of life ----

      def serving
        @channel.tell(:boot, loop: @server.loop_name)
        Thread.new do
          Thread.current.name = 'hyperion heartbeat'
          ping while pause
        end
      end

      # False when the master has gone.
      def pause
        sleep(ping_seconds)
        !@channel.ended?
      end

      def ping_seconds
        [@configuration.worker_timeout / 4.0, PING_SECONDS].min
      end

      def ping
        counters = @server.stats
        @channel.tell(:ping, stats: { **ServerStats.of(@server), **counters.slice(:open, :accepted) })
        reason = @quota.exceeded(ServerStats.of(@server)[:requests_count].to_i) unless @stopping
        @channel.tell(:spent, reason: reason) if reason
      end

      # ---- failing ----

      def fail_with(error)
        @logger.error do
          { message: 'worker cannot serve', worker: @index, pid: Process.pid, **Failure.facts(error) }
        end
        @channel.tell(:failed, error: Failure.line(error))
        1
      end
    end
  end
end
