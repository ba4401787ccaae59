# frozen_string_literal: true

module Hyperion
  class Cluster
    # Looks for workers that have been silent, or slow, for too long. They are asked what they are doing, and killed.
    #
    # @api private
    class Warden
      # What is said of them, by their state, and the reason for which they are replaced; who leaves is already.
      COMPLAINTS = { booting: ['has not booted in time', :worker_boot_timeout],
                     serving: ['gives no sign of life', :worker_timeout],
                     leaving: ['does not end in time', nil] }.freeze
      private_constant :COMPLAINTS

      # @param configuration [Configuration]
      # @param logger [#warn]
      def initialize(configuration, logger)
        @configuration = configuration
        @logger = logger
      end

      # @param handle [WorkerHandle]
      # @return [nil]
      def look_after(handle)
        if handle.condemned?
          put_down(handle) if handle.doomed?
        elsif late?(handle)
          condemn(handle)
        end
      end

      private

      def late?(handle)
        case handle.state
        when :booting then handle.age > @configuration.worker_boot_timeout
        when :serving then handle.silence > @configuration.worker_timeout
        when :leaving then handle.overdue?
        end
      end

      def condemn(handle)
        complaint, reason = COMPLAINTS.fetch(handle.state)
        @logger.warn { { message: "worker #{complaint}", worker: handle.index, pid: handle.pid } }
        handle.condemn(reason)
      end

      def put_down(handle)
        @logger.warn do
          { message: 'worker is killed', worker: handle.index, pid: handle.pid, backtraces: told(handle) }
        end
        handle.kill(:KILL)
        nil
      end

      def told(handle)
        handle.told? ? 'logged' : 'it could not tell them: no thread of it gets to run Ruby'
      end
    end
  end
end
