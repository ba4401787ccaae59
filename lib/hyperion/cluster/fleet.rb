# frozen_string_literal: true

module Hyperion
  class Cluster
    # The workers of a cluster, in their slots: hears what they say, and sees to it that those who have died are
    # replaced, those who have had their share are renewed, and all that is counted.
    #
    # In the process: the master's, and its loop's thread alone, but for what is read for statistics.
    #
    # @api private
    class Fleet
      # A master looks after its workers so often when nothing happens.
      ROUND_SECONDS = 1.0

      # The same while some are to be ended.
      SHORT_SECONDS = 0.1

      # @return [Array<Slot>]
      attr_reader :slots

      # @return [RollingRestart] of slots
      attr_reader :rolling_restart

      # @param sockets [Sockets]
      # @param configuration [Configuration]
      # @param logger [#info, #warn]
      # @param hooks [Hooks]
      # @param scoreboard [Scoreboard] where replacements are counted
      def initialize(sockets, configuration:, logger:, hooks:, scoreboard:)
        @sockets = sockets
        @configuration = configuration
        @logger = logger
        @hooks = hooks
        @scoreboard = scoreboard
        @warden = Warden.new(configuration, logger)
        @slots = []
        @rolling_restart = RollingRestart.new
        @removals = []
      end

      # @return [Array<WorkerHandle>] all that live
      def handles
        (@slots + @removals.map(&:slot)).flat_map(&:handles)
      end

      # Ends all of them, while nobody takes over.
      #
      # @param seconds [Numeric] for their drain
      # @return [nil]
      def stop(seconds)
        handles.each { |handle| slot_of(handle).stop(seconds) }
        nil
      end

      # @return [Boolean] whether every slot has a worker that serves
      def complete?
        @slots.all?(&:serving)
      end

      # Makes the slots that the configuration asks for.
      #
      # @param serving [Hash{Integer => WorkerHandle}] who is there already
      # @return [nil]
      def populate(serving)
        count = [@configuration.workers, *serving.keys.map(&:succ)].max
        count.times { |index| add(serving[index]) }
        remove while @slots.size > @configuration.workers
      end

      # Adds a slot.
      #
      # @param serving [WorkerHandle, nil] who is there already
      # @return [Slot]
      def add(serving = nil)
        index = @slots.size
        Slot.new(index, @sockets.of(index), serving).tap { |slot| @slots << slot }
      end

      # Gives the last slot up; the first stays.
      #
      # @return [nil]
      def remove
        return if @slots.size < 2

        slot = @slots.pop
        @rolling_restart.forget(slot)
        @removals << SlotRemoval.new(slot, @sockets.release(slot.index), @configuration.shutdown_timeout)
        nil
      end

      # @param forker [Forker] that is ready
      # @return [nil]
      # @raise [SystemCallError] when no process can be forked
      def fill(forker)
        @slots.select(&:due?).each { |slot| slot.start(forker) if forker.ready? }
        nil
      end

      # Takes in what workers have said.
      #
      # @param readable [Array<WorkerHandle>]
      # @yieldparam message [Hash{Symbol => Object}] that is not the fleet's own business
      # @return [nil]
      def listen(readable, &block)
        readable.each do |handle|
          next if handle.state == :gone

          handle.listen { |message| heed(handle, message, &block) }
          bury(handle) if handle.ended?
        end
        nil
      end

      # @param pid [Integer] of a child that has ended
      # @param status [Process::Status]
      # @return [nil]
      def reaped(pid, status)
        handle = handles.find { |one| one.pid == pid } or return
        handle.status = status
        listen([handle])
        bury(handle) unless handle.state == :gone
        nil
      end

      # Looks for workers that have been silent, or slow, for too long.
      #
      # @return [nil]
      def supervise
        @removals.reject!(&:over?)
        handles.each { |handle| @warden.look_after(handle) }
        nil
      end

      # @return [Float] seconds until there may be something to do
      def patience
        pauses = @slots.filter_map(&:pause)
        pauses << SHORT_SECONDS if @removals.any? || handles.any?(&:condemned?)
        [ROUND_SECONDS, *pauses].min
      end

      private

      # ---- what workers say ----

      def heed(handle, message)
        case message[:kind]
        when 'boot' then booted(handle, message)
        when 'spent' then spent(handle, message)
        else yield handle, message if block_given?
        end
      end

      def booted(handle, message)
        slot = slot_of(handle)
        return unless slot && slot.coming == handle

        predecessor = slot.serving
        slot.take_over(@configuration.shutdown_timeout)
        @scoreboard.count_restart(predecessor.reason || :phased) if predecessor
        @logger.info do
          { message: 'worker serves', worker: handle.index, pid: handle.pid, generation: handle.generation,
            loop: message[:loop], seconds: handle.age.round(2) }
        end
      end

      def spent(handle, message)
        slot = slot_of(handle)
        return unless slot && slot.serving == handle

        tell_spent(handle, message[:reason]) unless handle.reason
        handle.reason = message[:reason].to_sym
        @rolling_restart.add([slot])
      end

      # Once, however often the worker says so.
      def tell_spent(handle, reason)
        @logger.info do
          { message: 'worker is to be renewed', worker: handle.index, pid: handle.pid, reason: reason }
        end
      end

      def slot_of(handle)
        (@slots + @removals.map(&:slot)).find { |slot| slot.handles.include?(handle) }
      end

      # ---- ends ----

      def bury(handle)
        expected = slot_of(handle)&.lost(handle)
        handle.gone
        @scoreboard.count_restart((handle.reason if handle.condemned?) || :crash) unless expected
        tell_end(handle, expected)
        @hooks.call(:after_worker_shutdown, handle.index)
      end

      def tell_end(handle, expected)
        event = { message: expected ? 'worker has ended' : 'worker has died', worker: handle.index, pid: handle.pid,
                  status: handle.status&.to_s }.compact
        expected ? @logger.info { event } : @logger.warn { event }
      end
    end
  end
end
