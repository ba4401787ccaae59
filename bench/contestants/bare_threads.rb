# frozen_string_literal: true

module Bench
  module Contestants
    # No server: five threads that only sleep, which is what one that sleeps for a request could reach here.
    class BareThreads < Contestant
      PROGRAM = File.join(ROOT, 'bench', 'servers', 'bare_sleep.rb')
      THREADS = 5

      def place
        0
      end

      def tuning
        'no server: five threads that sleep 5 ms, again and again'
      end

      def serves?(workload)
        workload.layout == :sleep
      end

      def server?
        false
      end

      def environment
        gem_environment
      end

      def measuring_command(seconds)
        [RbConfig.ruby, PROGRAM, THREADS.to_s, seconds.to_s]
      end
    end
  end
end
