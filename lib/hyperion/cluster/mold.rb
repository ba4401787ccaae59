# frozen_string_literal: true

module Hyperion
  class Cluster
    # A process that has the application loaded and does nothing but fork workers from itself, when its master says
    # so. Each generation has its own, so that a rolling restart loads the application anew beside the old one, and
    # the master stays small, and as it was.
    #
    # Workers are forked twice, so that they are orphans at once, and the master's children where the system lets it
    # adopt them.
    #
    # @api private
    class Mold
      # More than the number of a worker takes.
      MESSAGE_BYTES = 64

      # @param socket [UNIXSocket] to the master
      # @param hooks [Hooks]
      # @param logger [#error]
      # @param work [#call] what a new worker does: index, its channel's socket, its sockets; answers the exit status
      def initialize(socket, hooks:, logger:, work:)
        @socket = socket
        @hooks = hooks
        @logger = logger
        @work = work
      end

      # Loads, and forks until the master has no more use for it.
      #
      # @yield to load the application
      # @return [Integer] the exit status
      def run
        (SignalPipe::NAMES - ['CHLD']).each { |name| Signal.trap(name, 'IGNORE') }
        Signal.trap('CHLD', 'DEFAULT')
        while_wanted do
          yield
          Mold.settle_memory
        end
        fork_workers if tell_ready
        0
      rescue StandardError, ScriptError => e
        @logger.error { { message: 'the application cannot be loaded', **Failure.facts(e) } }
        1
      end

      # Makes what will not change lie together, so that workers go on sharing it.
      #
      # @return [nil]
      def self.settle_memory
        return Process.warmup if Process.respond_to?(:warmup)

        3.times { GC.start }
        GC.compact if GC.respond_to?(:compact)
        nil
      rescue NotImplementedError
        nil # a system whose pages do not allow it
      end

      private

      # Until it is ready it is told nothing: what there is to read is the end of its master.
      def while_wanted
        watch = Thread.new do
          @socket.wait_readable
          exit!(1)
        end
        yield
      ensure
        watch.kill.join
      end

      # False when the master has no use for this mold any more.
      def tell_ready
        @socket.write("ready\n")
      rescue SystemCallError
        false
      end

      def fork_workers
        while (order = receive)
          index, channel, *sockets = order
          @hooks.call(:before_fork)
          fork_twice { @work.call(index, channel, sockets) }
          [channel, *sockets].each(&:close)
        end
      end

      # nil when the master has gone, or has no more use for this mold.
      def receive
        text, _from, _flags, *controls = @socket.recvmsg(MESSAGE_BYTES, 0, Channel::CONTROL_BYTES, scm_rights: true)
        return if text.nil? || text.empty?

        [Integer(text, 10), *controls.flat_map { |control| control.unix_rights || [] }]
      rescue SystemCallError, IOError
        nil
      end

      def fork_twice
        between = fork do
          fork do
            @socket.close
            exit(yield)
          end
          exit!(0)
        end
        Process.wait(between)
      end
    end
  end
end
