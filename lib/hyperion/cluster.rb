# frozen_string_literal: true

require_relative 'backtraces'
require_relative 'process_title'
require_relative 'rehearsal'
require_relative 'service_manager'
require_relative 'cluster/failure'
require_relative 'cluster/channel'
require_relative 'cluster/signal_pipe'
require_relative 'cluster/handover'
require_relative 'cluster/hooks'
require_relative 'cluster/quota'
require_relative 'cluster/deputy'
require_relative 'cluster/worker'
require_relative 'cluster/worker_handle'
require_relative 'cluster/mold'
require_relative 'cluster/forker'
require_relative 'cluster/sockets'
require_relative 'cluster/slot'
require_relative 'cluster/slot_removal'
require_relative 'cluster/rolling_restart'
require_relative 'cluster/deputies'
require_relative 'cluster/warden'
require_relative 'cluster/fleet'
require_relative 'cluster/generations'
require_relative 'cluster/shutdown'
require_relative 'cluster/questions'
require_relative 'cluster/report'
require_relative 'cluster/forker_factory'
require_relative 'cluster/parts'
require_relative 'cluster/master'

module Hyperion
  # The master of several worker processes: it owns the listening sockets and accepts nothing, forks workers, watches
  # them, and does what signals say. One thread, one `IO.select`: signals come as bytes of a pipe, workers speak by a
  # socket each.
  #
  # What is asked for from other threads ({#stop}, {#restart}, {#phased_restart}) is done by that loop as if a signal
  # had come.
  #
  # @example
  #   Hyperion::Cluster.new(configuration: configuration, listener: listener, load: -> { app }, reexec:
  #   Reexec.new).run # => 0
  class Cluster
    # @param configuration [Configuration]
    # @param listener [Listener] open; the first slot's
    # @param load [#call] loads the application and answers it
    # @param reexec [Reexec] what a restart executes
    # @param logger [#info, #warn, #error]
    # @param reopen_logs [#call] opens log files anew, and answers whether there are any
    # @param abandon [#call] lets go, in a child, of what is the master's alone
    # @yieldparam cluster [Cluster] when all workers serve for the first time
    def initialize(configuration:, listener:, load:, reexec:, logger: Hyperion.logger, reopen_logs: -> { false },
                   abandon: -> {}, &booted)
      @parts = Parts.new(configuration: configuration, listener: listener.keep, load: load, reexec: reexec,
                         logger: logger, reopen_logs: reopen_logs, abandon: abandon)
      @master = Master.new(@parts) { booted&.call(self) }
      @started_at = Time.now
    end

    # Blocks until the cluster has ended.
    #
    # @return [Integer] the exit status: 0, or 1 when the application cannot be loaded
    def run
      @master.run
    end

    # @return [Scoreboard] in which all workers count
    def scoreboard
      @parts.scoreboard
    end

    # Asks for a drain and the end.
    #
    # @return [nil]
    def stop
      @parts.signals.push('TERM')
    end

    # Asks for the end at once: workers are killed, and what is in flight is cut.
    #
    # @return [nil]
    def halt
      @parts.signals.push('HALT')
    end

    # Asks for a restart of the master itself, with the sockets it has: afterwards a new version of Ruby or of
    # Hyperion is in use.
    #
    # @return [nil]
    def restart
      @parts.signals.push('USR2')
    end

    # Asks for new workers with the application loaded anew, one after the other.
    #
    # @return [nil]
    def phased_restart
      @parts.signals.push('USR1')
    end

    # Asks for log files to be opened anew, here and in the workers; without any, for the end.
    #
    # @return [nil]
    def reopen_logs
      @parts.signals.push('HUP')
    end

    # @return [Hash{Symbol => Object}] as Puma's `stats`
    def stats
      Report.new(@parts, started_at: @started_at).to_h
    end

    # @return [String] what all workers have counted, in Prometheus' text format
    def metrics
      Metrics.text(scoreboard)
    end

    # What every thread of every worker is doing. For any thread but the one that {#run}s.
    #
    # @return [Hash{Integer => Array<Hash>}] index of a worker => name and backtrace of its threads
    def thread_backtraces
      @parts.questions.ask(:backtraces).transform_values { |answer| answer[:threads] }
    end

    # For any thread but the one that {#run}s.
    #
    # @return [Hash{Integer => Hash}] index of a worker => the counters of its collector
    def gc_stats
      @parts.questions.ask(:gc_stats).transform_values { |answer| answer[:stat] }
    end

    # Collects garbage in every worker. For any thread but the one that {#run}s.
    #
    # @return [Hash{Integer => Hash}] index of a worker => the counters of its collector afterwards
    def gc
      @parts.questions.ask(:gc).transform_values { |answer| answer[:stat] }
    end
  end
end
