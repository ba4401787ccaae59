# frozen_string_literal: true

module Hyperion
  class Cluster
    # What a child of the master gets: it makes {Forker}s, and in a new worker what runs there.
    #
    # @api private
    class ForkerFactory
      # @param parts [Parts] the master's
      def initialize(parts)
        @parts = parts
        @master = Process.pid
        @forkers = []
      end

      # @param generation [Integer]
      # @return [Forker]
      def forker(generation)
        @forkers.reject!(&:closed?)
        forker = Forker.new(preload: configuration.preload_app, hooks: @parts.hooks, logger: @parts.logger,
                            load: -> { load(generation) }, clear: method(:clear), work: method(:work),
                            generation: generation)
        forker.tap { @forkers << forker }
      end

      private

      def configuration
        @parts.configuration
      end

      # In a mold.
      def load(generation)
        ProcessTitle.mold(generation, @master, configuration.tag)
        @app = @parts.load.call
      end

      # In any child: the ends of what belongs to others, who would otherwise never see it end.
      def clear(sockets)
        @parts.sockets.abandon(sockets)
        @parts.signals.close
        @parts.fleet.handles.each { |handle| handle.channel.close }
        @forkers.each(&:close)
        @parts.abandon.call
      end

      # In a worker.
      def work(index, channel, sockets)
        ProcessTitle.worker(index, @master, configuration.tag)
        channel = Channel.new(channel, patience: Channel::PATIENCE_SECONDS)
        worker = Worker.new(index, channel: channel, configuration: configuration, logger: @parts.logger,
                                   hooks: @parts.hooks, reopen_logs: @parts.reopen_logs) do
          server(sockets, worker)
        end
        worker.run
      end

      def server(sockets, worker)
        settings = { **configuration.server_settings, on_hard_timeout: worker.method(:late) }
        Server.new(app: @app || @parts.load.call, listener: listener(sockets), logger: @parts.logger,
                   scoreboard: @parts.scoreboard, **settings)
      end

      # The master's objects must not close what is the worker's now.
      def listener(sockets)
        sockets.each { |socket| socket.autoclose = false }
        listener = Listener.from_fds(sockets.map(&:fileno), count: configuration.loops).keep
        @parts.sockets.shared? ? listener.share : listener
      end
    end
  end
end
