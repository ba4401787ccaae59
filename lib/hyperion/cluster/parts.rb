# frozen_string_literal: true

module Hyperion
  class Cluster
    # What a master works with, put together. Workers that a master before this one has forked are part of it.
    #
    # @api private
    class Parts
      # Workers that can count at once: twice as many as there may be, for those that take over.
      SCOREBOARD_SLOTS = 1024
      private_constant :SCOREBOARD_SLOTS

      # @return [Configuration]
      attr_reader :configuration

      # @return [Listener]
      attr_reader :listener

      # @return [#call] loads the application
      attr_reader :load

      # @return [Reexec]
      attr_reader :reexec

      # @return [#info, #warn, #error]
      attr_reader :logger

      # @return [#call]
      attr_reader :reopen_logs

      # @return [#call] lets go, in a child, of what is the master's alone
      attr_reader :abandon

      # @return [Hooks]
      attr_reader :hooks

      # @return [Sockets]
      attr_reader :sockets

      # @return [Scoreboard]
      attr_reader :scoreboard

      # @return [Fleet]
      attr_reader :fleet

      # @return [Deputies]
      attr_reader :deputies

      # @return [SignalPipe]
      attr_reader :signals

      # @return [Questions]
      attr_reader :questions

      # @return [ServiceManager]
      attr_reader :manager

      # @return [Generations]
      attr_reader :generations

      # @param configuration [Configuration]
      # @param listener [Listener] open; the first slot's
      # @param load [#call] loads the application and answers it
      # @param reexec [Reexec] what a restart executes
      # @param logger [#info, #warn, #error]
      # @param abandon [#call] lets go, in a child, of what is the master's alone
      # @param reopen_logs [#call] opens log files anew, and answers whether there are any
      def initialize(configuration:, listener:, load:, reexec:, logger:, reopen_logs:, abandon:)
        @configuration = configuration
        @listener = listener
        @load = load
        @reexec = reexec
        @logger = logger
        @reopen_logs = reopen_logs
        @abandon = abandon
        assemble(Handover.take)
      end

      private

      def assemble(handover)
        @hooks = Hooks.new(@configuration.hooks, @logger)
        @sockets = Sockets.new(@listener, @configuration.cluster_mode, handover ? handover.slots(@listener) : {})
        @scoreboard = Scoreboard.new(loops: @listener.sockets.size, slots: SCOREBOARD_SLOTS)
        @fleet = Fleet.new(@sockets, configuration: @configuration, logger: @logger, hooks: @hooks,
                                     scoreboard: @scoreboard)
        @deputies = Deputies.new(@logger)
        @signals = SignalPipe.new
        @questions = Questions.new(@fleet)
        @manager = ServiceManager.new
        @generations = generations_after(handover)
        @fleet.populate(handover ? handover.workers : {})
      end

      def generations_after(handover)
        factory = ForkerFactory.new(self)
        first = handover ? handover.generation + 1 : 0
        Generations.new(@fleet, logger: @logger, generation: first, adopted: !handover.nil?) do |generation|
          factory.forker(generation)
        end
      end
    end
  end
end
