# frozen_string_literal: true

module Hyperion
  class Cluster
    # The master's loop: watches workers, and does what signals say.
    #
    # @api private
    class Master
      # The exit status after a second signal, as of who was ended by INT.
      ABORTED = 128 + Signal.list.fetch('INT')

      # The exit status when the application cannot be loaded.
      FAILURE = 1

      # What each signal makes it do.
      ORDERS = {
        'INT' => :end_or_abort, 'TERM' => :end_or_abort, 'QUIT' => :end_or_abort, 'HUP' => :reopen_log_files,
        'USR1' => :renew_all, 'USR2' => :rehearse, 'TTIN' => :grow, 'TTOU' => :shrink, 'PWR' => :log_backtraces,
        'INFO' => :log_backtraces, 'CHLD' => :reap, 'HALT' => :halt, 'ANEW' => :execute_anew
      }.freeze
      private_constant :ORDERS

      # @param parts [Parts]
      # @yield when all workers serve for the first time
      def initialize(parts, &booted)
        @parts = parts
        @fleet = parts.fleet
        @generations = parts.generations
        @signals = parts.signals
        @manager = parts.manager
        @logger = parts.logger
        @booted = booted
        @complete = @failed = false
        @shutdown = @status = @rehearsal = nil
      end

      # Blocks until the cluster has ended.
      #
      # @return [Integer] the exit status
      def run
        System.adopt_orphans
        ProcessTitle.master(@parts.listener.urls, @parts.configuration.tag)
        @signals.install
        @generations.begin
        turn until @status || @shutdown&.over?
        @status || (@failed ? FAILURE : 0)
      ensure
        finish
      end

      private

      # ---- the loop ----

      def turn
        readable = wait
        @signals.take.each { |name| send(ORDERS.fetch(name)) } if readable.delete(@signals)
        @generations.notice(readable)
        @fleet.listen(readable.grep(WorkerHandle)) { |handle, message| heed(handle, message) }
        @fleet.supervise
        @shutdown ? @shutdown.step : tend
        @manager.watchdog
      end

      def wait
        seconds = [@fleet.patience, @shutdown&.patience, @manager.patience].compact.min
        readable, = IO.select([@signals, *@generations.ios, *@fleet.handles], nil, nil, seconds)
        readable || []
      end

      def heed(handle, message)
        case message[:kind]
        when 'draining' then @shutdown&.draining(handle)
        when 'failed' then fail_to_begin(message[:error]) unless @complete || handle.state != :booting
        else @parts.questions.answer(handle, message) if message[:query]
        end
      end

      # Sees to it that everybody who is to be there is, or is on the way.
      def tend
        outcome = advance
        @parts.deputies.step(@fleet.slots)
        return fail_to_begin('it cannot be loaded') if !@complete && @generations.current.failed?

        announce if outcome == :done || outcome == :failed || (!@complete && @fleet.complete?)
      end

      def advance
        @generations.step
      rescue SystemCallError => e
        @logger.error { { message: 'a worker cannot be forked; it will be tried again', **Failure.facts(e) } }
        :going
      end

      # ---- telling ----

      def announce
        @manager.ready("#{@fleet.slots.size} workers serve, generation #{@generations.current.generation}")
        return if @complete

        @complete = true
        @booted.call
        @parts.hooks.call(:after_booted)
      end

      # An application that cannot be loaded the first time will not serve, however often it is tried.
      def fail_to_begin(error)
        return if @shutdown

        @failed = true
        @logger.error { { message: 'the cluster cannot begin', error: error } }
        begin_shutdown
      end

      # ---- orders ----

      def end_or_abort
        @shutdown ? abort_at_once : begin_shutdown
      end

      def begin_shutdown
        @manager.stopping('draining')
        @logger.info { { message: 'the cluster ends', workers: @fleet.handles.size } }
        @shutdown = Shutdown.new(@fleet, @parts.sockets, seconds: @parts.configuration.shutdown_timeout,
                                                         open: @parts.listener.managed?)
      end

      # Unlike {#abort_at_once}, the process itself ends as always.
      def halt
        begin_shutdown unless @shutdown
        @fleet.handles.each { |handle| handle.kill(:KILL) }
      end

      def abort_at_once
        @fleet.handles.each { |handle| handle.kill(:KILL) }
        @status = ABORTED
      end

      def renew_all
        return if @shutdown

        @logger.info { { message: 'all workers are to be renewed' } }
        @manager.reloading('renewing workers')
        @generations.renew_all
      end

      # What is there goes on until it is known that something else can be run.
      def rehearse
        return if @shutdown || @rehearsal&.under_way?

        seconds = @parts.configuration.worker_boot_timeout
        @rehearsal = Rehearsal.of(@parts.reexec, seconds: seconds) do |error|
          error ? refuse_to_execute(error) : @signals.push('ANEW')
        end
      end

      def refuse_to_execute(error)
        @logger.error { { message: 'cannot execute anew; what is there goes on', error: error } }
      end

      # The master becomes a process of the new version, whose children the workers are, and which replaces them.
      def execute_anew
        return if @shutdown

        @logger.info { { message: 'the master executes itself anew', command: @parts.reexec.command.join(' ') } }
        @manager.reloading('executing anew')
        @parts.hooks.call(:before_restart)
        @signals.ignore
        environment, descriptors = Handover.of(@fleet, @parts.sockets, @generations.current.generation)
        @parts.reexec.call(@parts.listener, environment: environment, descriptors: descriptors)
      rescue SystemCallError => e
        @signals.install
        refuse_to_execute(e.message)
      end

      def grow
        @fleet.add unless @shutdown
      end

      def shrink
        @fleet.remove unless @shutdown
      end

      def log_backtraces
        @fleet.handles.each { |handle| handle.kill(Worker::BACKTRACE_SIGNAL) }
      end

      def reopen_log_files
        return end_or_abort unless @parts.reopen_logs.call

        @fleet.handles.each { |handle| handle.channel.tell(:reopen_logs) }
      end

      # Also the children of workers' children that have been left to this process.
      def reap
        while (pid, status = Process.wait2(-1, Process::WNOHANG))
          @fleet.reaped(pid, status)
          @parts.scoreboard.leave(pid)
        end
      rescue Errno::ECHILD
        nil
      end

      # ---- the end ----

      def finish
        @rehearsal&.abandon
        @generations.close
        @parts.sockets.close
        @signals.restore
        @signals.close
      end
    end
  end
end
