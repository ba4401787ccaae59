# frozen_string_literal: true

module Hyperion
  class Server
    # Ruby accept loops beside the one that serves: for listeners that the server takes in for a while.
    #
    # In the process: a thread for each loop. They end when they are stopped, one by one or with the server.
    #
    # @api private
    class SideLoops
      def initialize
        @lock = Mutex.new
        @threads = {}.freeze
      end

      # @param loop [RubyLoop]
      # @return [nil]
      def start(loop)
        @lock.synchronize { @threads = @threads.merge(loop => thread(loop)).freeze }
        nil
      end

      # (see CLoop#stop)
      def stop(seconds, patience = 0)
        @threads.each_key { |loop| loop.stop(seconds, patience) }
        nil
      end

      # Blocks until those that were stopped have ended.
      #
      # @return [nil]
      def wait
        @threads.each { |loop, thread| thread.join(loop.deadline.left + CLoop::CUT_SECONDS) }
        nil
      end

      # (see CLoop#include?)
      def include?(thread)
        @threads.any? { |loop, own| own == thread || loop.include?(thread) }
      end

      private

      def thread(loop)
        Thread.new do
          Thread.current.name = 'hyperion side loop'
          loop.run
        ensure
          @lock.synchronize { @threads = @threads.except(loop).freeze }
        end
      end
    end
  end
end
