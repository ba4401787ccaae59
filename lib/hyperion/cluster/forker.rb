# frozen_string_literal: true

require 'socket'

module Hyperion
  class Cluster
    # Where workers come from: forked from the master, and each loads the application for itself; or, with
    # `preload_app`, from a {Mold}.
    #
    # @api private
    class Forker
      # @return [Integer] of the workers that are forked from now on
      attr_reader :generation

      # @param preload [Boolean]
      # @param hooks [Hooks]
      # @param logger [#warn]
      # @param load [#call] loads the application
      # @param clear [#call] what a forked child gives up of the master's, but for these sockets
      # @param work [#call] runs a worker: index, its channel's socket, its sockets; answers the exit status
      # @param generation [Integer]
      def initialize(preload:, hooks:, logger:, load:, clear:, work:, generation: 0)
        @preload = preload
        @hooks = hooks
        @logger = logger
        @load = load
        @clear = clear
        @work = work
        @generation = generation
        @state = :new
      end

      # Gets ready for workers with the application as it is on the disk now.
      #
      # @return [nil]
      def prepare
        @state = @preload ? :loading : :ready
        cast if @preload
        nil
      end

      # @return [Array<IO>] to be watched, and {#notice}d when readable
      def ios
        @preload && @socket ? [@socket] : []
      end

      # @return [nil]
      def notice
        text = @socket.read_nonblock(16, exception: false)
        return if text == :wait_readable

        if text
          @state = :ready
        else
          lose
        end
        nil
      rescue SystemCallError
        lose
      end

      # @return [Boolean] whether {#fork_worker} can be called
      def ready?
        @state == :ready
      end

      # @return [Boolean] whether the application could not be loaded
      def failed?
        @state == :failed
      end

      # @return [Boolean] whether a mold that was ready has been lost, and must be made anew
      def lost?
        @state == :lost
      end

      # @param index [Integer]
      # @param sockets [Array<Socket>]
      # @return [WorkerHandle]
      def fork_worker(index, sockets)
        mine, other = Channel.pair
        pid = @preload ? order(index, [other.to_io, *sockets]) : fork_here(index, mine, other, sockets)
        other.close
        WorkerHandle.new(index, @generation, mine, pid: pid)
      end

      # Lets go of what forks.
      #
      # @return [nil]
      def close
        @state = :closed
        let_go
      end

      # @return [Boolean]
      def closed?
        @state == :closed
      end

      private

      def cast
        mine, other = UNIXSocket.pair
        fork do
          mine.close
          @clear.call([])
          exit(Mold.new(other, hooks: @hooks, logger: @logger, work: @work).run(&@load))
        end
        other.close
        @socket = mine
      end

      def let_go
        @socket&.close
        @socket = nil
      end

      def lose
        let_go
        @state = @state == :loading ? :failed : :lost
        nil
      end

      # nil: the worker tells its number itself.
      def order(index, ios)
        @socket.sendmsg(index.to_s, 0, nil, Socket::AncillaryData.unix_rights(*ios))
        nil
      rescue SystemCallError
        lose
      end

      def fork_here(index, mine, other, sockets)
        @hooks.call(:before_fork)
        fork do
          mine.close
          @clear.call(sockets)
          exit(@work.call(index, other.to_io, sockets))
        end
      end
    end
  end
end
