# frozen_string_literal: true

module Hyperion
  class Cluster
    # Questions to all workers, asked by any thread but the master's loop's, which brings the answers.
    #
    # @api private
    class Questions
      # How long workers may take.
      SECONDS = 5

      # @param fleet [Fleet]
      def initialize(fleet)
        @fleet = fleet
        @lock = Mutex.new
        @open = {}
        @count = 0
      end

      # @param kind [Symbol]
      # @return [Hash{Integer => Hash}] index of a worker => its answer; who has not answered in time is missing
      def ask(kind)
        number, answers = open_question
        asked = @fleet.handles.select { |handle| handle.state == :serving && handle.channel.tell(kind, query: number) }
        collect(answers, asked.size)
      ensure
        @lock.synchronize { @open.delete(number) }
      end

      # @param handle [WorkerHandle]
      # @param message [Hash{Symbol => Object}]
      # @return [nil]
      def answer(handle, message)
        @lock.synchronize { @open[message[:query]] }&.push([handle.index, message])
        nil
      end

      private

      def open_question
        @lock.synchronize do
          @count += 1
          [@count, @open[@count] = Thread::Queue.new]
        end
      end

      def collect(answers, count)
        deadline = Deadline.new(SECONDS)
        collected = {}
        while collected.size < count && deadline.left.positive?
          index, message = next_of(answers)
          index ? collected[index] = message : sleep(0.01)
        end
        collected.sort.to_h
      end

      def next_of(answers)
        answers.pop(true)
      rescue ThreadError
        nil
      end
    end
  end
end
