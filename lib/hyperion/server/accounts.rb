# frozen_string_literal: true

module Hyperion
  class Server
    # Where a server counts, and what tells of it.
    #
    # @api private
    class Accounts
      # Processes that may run a server which was made before they were forked.
      SLOTS = 16

      # @return [Scoreboard]
      attr_reader :scoreboard

      # @return [RouteTable, nil] the route of the metrics; nil when none is configured
      attr_reader :routes

      # @param configuration [Configuration]
      # @param scoreboard [Scoreboard, nil] that others read too; nil: one of its own
      # @param listener [Listener, nil] what is listened on already
      def initialize(configuration, scoreboard, listener)
        @shared = !scoreboard.nil?
        @scoreboard = scoreboard || Scoreboard.new(loops: loops(configuration, listener), slots: SLOTS)
        @vitals = Vitals.new(@scoreboard, max_threads: configuration.thread_count)
        @routes = routes_for(configuration.metrics_path)
        @late = Hash.new(0)
      end

      # Before the server serves.
      #
      # @return [nil]
      def open
        @scoreboard.enter
        @vitals.start if @shared
        nil
      end

      # When it has served.
      #
      # @return [nil]
      def close
        @vitals.stop
      end

      # A request has met a time-out.
      #
      # @param kind [Symbol] `:late_requests` or `:overdue_requests`
      # @return [nil]
      def late(kind)
        @scoreboard.tell({ kind => @late[kind] += 1 })
        nil
      end

      # @return [String]
      def metrics
        @vitals.tell if @scoreboard.slot
        Metrics.text(@scoreboard)
      end

      private

      # As many as there may be: a name has addresses of two families at most.
      def loops(configuration, listener)
        return listener.sockets.size if listener

        [configuration.loops * configuration.binds.size * 2, Listener::LOOPS_MAX].min
      end

      def routes_for(path)
        return unless path

        entry = RouteTable::DynamicBlockEntry.new(:GET, path, ->(_env) { answer })
        RouteTable.new.tap { |table| table.register(:GET, path, entry) }
      end

      def answer
        [200, { 'content-type' => Metrics::CONTENT_TYPE, 'cache-control' => 'no-store' }, [metrics]]
      end
    end
  end
end
