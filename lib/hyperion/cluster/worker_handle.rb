# frozen_string_literal: true

module Hyperion
  class Cluster
    # A worker as its master sees it.
    #
    #   booting ──► serving ──► leaving ──► gone
    #
    # @api private
    class WorkerHandle
      # How long a worker that is to be killed may take to tell what it is doing.
      TELL_SECONDS = 2

      # Beyond the time that a worker has for its drain.
      CUT_SECONDS = 3

      # @return [Integer] of the slot
      attr_reader :index

      # @return [Integer] how often the application had been loaded anew when this worker was forked
      attr_reader :generation

      # @return [Integer, nil] nil until it has said so
      attr_reader :pid

      # @return [Channel]
      attr_reader :channel

      # @return [Symbol] `:booting`, `:serving`, `:leaving`, `:gone`
      attr_reader :state

      # @return [Hash{Symbol => Object}] what it has told last
      attr_reader :stats

      # @return [Process::Status, nil] how it has ended, where that is known
      attr_accessor :status

      # @return [Symbol, nil] why it is to be replaced, as {Scoreboard#restarts} has it; nil: not for a fault of its own
      attr_accessor :reason

      # @return [Time]
      attr_reader :started_at

      # @return [Time] of the last sign of life
      attr_reader :checked_at

      # @param index [Integer]
      # @param generation [Integer]
      # @param channel [Channel]
      # @param pid [Integer, nil]
      # @param state [Symbol] other than `:booting` for one that the process before a restart has forked
      def initialize(index, generation, channel, pid: nil, state: :booting)
        @index = index
        @generation = generation
        @channel = channel
        @pid = pid
        @state = state
        @stats = {}
        @started_at = @checked_at = Time.now
        @born_at = @seen_at = Deadline.now
        @doomed = nil
      end

      # @return [IO]
      def to_io
        @channel.to_io
      end

      # Takes in what the worker has told.
      #
      # @yieldparam message [Hash{Symbol => Object}]
      # @return [nil]
      def listen
        @channel.messages.each do |message|
          @seen_at = Deadline.now
          @checked_at = Time.now
          note(message)
          yield message
        end
        nil
      end

      # @return [Boolean] whether its end of the channel is closed: it has ended, or is about to
      def ended?
        @channel.ended?
      end

      # @return [Float] seconds since it was forked
      def age
        Deadline.now - @born_at
      end

      # @return [Float] seconds since it was heard of
      def silence
        Deadline.now - @seen_at
      end

      # Asks for its end: others accept from now on, or nobody does.
      #
      # @param kind [Symbol] `:retire` or `:stop`
      # @param seconds [Numeric] until its connections are cut
      # @return [nil]
      def leave(kind, seconds)
        @state = :leaving
        @leave_by ||= Deadline.new(seconds + CUT_SECONDS)
        @channel.tell(kind)
        nil
      end

      # @return [Boolean] whether it has had its time to leave
      def overdue?
        @state == :leaving && @leave_by.left.zero?
      end

      # @param signal [Symbol, String]
      # @return [Boolean] whether there was somebody to be told
      def kill(signal)
        Process.kill(signal, @pid) if @pid
        !@pid.nil?
      rescue Errno::ESRCH
        false
      end

      # Asks what its threads are doing, and gives it a moment to answer before {#doomed?} becomes true.
      #
      # @param reason [Symbol, nil] (see #reason)
      # @return [nil]
      def condemn(reason)
        @reason = reason
        @doomed = Deadline.new(TELL_SECONDS)
        @told = false
        kill(Worker::BACKTRACE_SIGNAL)
        nil
      end

      # @return [Boolean] whether it was condemned
      def condemned?
        !@doomed.nil?
      end

      # @return [Boolean] whether it was condemned, and has told what it is doing or has not been able to
      def doomed?
        condemned? && (@told || @doomed.left.zero?)
      end

      # @return [Boolean] whether it has told its backtraces since it was condemned
      def told?
        @told
      end

      # @return [nil]
      def gone
        @state = :gone
        @channel.close unless @channel.to_io.closed?
        nil
      end

      private

      def note(message)
        case message[:kind]
        when 'hello' then @pid = message[:pid]
        when 'boot' then @state = :serving if @state == :booting
        when 'ping' then @stats = message[:stats]
        when 'backtraces' then @told = true
        end
      end
    end
  end
end
