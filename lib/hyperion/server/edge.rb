# frozen_string_literal: true

require_relative '../heartbeat'
require_relative '../output_files'

module Hyperion
  class Server
    # What a server does beside its application, alike on the C loop and in Ruby: its health route, whose word on a
    # client's address it takes, its access log, and what it tells of errors.
    #
    # In the process: one for each run of a server.
    #
    # @api private
    class Edge
      # @return [Http::Health, nil] what the health route says; nil: there is none
      attr_reader :health

      # Seconds in which the log's last lines are to be written.
      LOG_SECONDS = 1.0

      # @param configuration [Configuration]
      # @param loops [Integer] that may log
      def initialize(configuration, loops:)
        @health_path = configuration.health_path
        @queue_limit = configuration.health_queue_limit
        @health = Http::Health.new((@queue_limit * 1000).ceil) if @health_path
        @trusted_proxies = networks(configuration.trusted_proxies)
        @proxy_protocol = networks(configuration.proxy_protocol)
        @log = access_log(configuration, loops) if configuration.access_log
        @draining = false
      end

      # @return [Hash{Symbol => Object}] what {Engine} and {Http::Exchange} are told
      def keywords
        { health: @health, trusted_proxies: @trusted_proxies, proxy_protocol: @proxy_protocol,
          access_log: @log }
      end

      # What the server itself serves goes before what it was given.
      #
      # @param table [RouteTable, nil] of further routes of its own
      # @return [Http::RouteSet, nil]
      def own_routes(table)
        return table&.route_set unless @health

        (table&.route_set || Http::RouteSet.new).put_health(@health_path)
      end

      # Shows that Ruby runs while the block does.
      #
      # @yield
      # @return [Object] what the block answers
      def around(&block)
        @health ? Heartbeat.new(@health, @queue_limit).around(&block) : yield
      end

      # The health route says so from now on.
      #
      # @return [void]
      def drain
        @draining = true
        @health&.drain
      end

      # What applications ask that hold on to a connection: whether they are to let it go.
      #
      # @return [Boolean]
      def draining?
        @draining
      end

      # Before requests are served.
      #
      # @return [void]
      # @raise [SystemCallError] for a file that cannot be written
      def open_log
        @log&.start
      end

      # @param logger [#warn]
      # @return [LimitedLogger] around it
      def errors(logger)
        @errors = LimitedLogger.around(logger, @errors)
      end

      # @param logger [#error] learns when that cannot be; the old file goes on then
      # @return [nil]
      def reopen_log(logger)
        @log&.reopen
      rescue SystemCallError => e
        logger.error { { message: OutputFiles::KEPT, error: e.message } }
        nil
      end

      # After the last request, so that its lines are told too.
      #
      # @param logger [#warn]
      # @return [void]
      def close_log(logger)
        whole = @log.nil? || @log.stop((LOG_SECONDS * 1000).to_i)
        logger.warn { { message: 'lines of the access log could not be written' } } unless whole
        @errors&.flush
      end

      private

      def access_log(configuration, loops)
        path = File.expand_path(configuration.access_log) if configuration.access_log_file?
        Http::AccessLog.new(path, configuration.access_log_format, loops)
      end

      def networks(list)
        list && Http::Networks.new(list)
      end
    end
  end
end
