# frozen_string_literal: true

module Hyperion
  class Cluster
    # Generations of workers: which {Forker} they come from, and how the next one takes over from the present one. As
    # long as the next one cannot be had, the present one goes on.
    #
    # @api private
    class Generations
      # Before the application is loaded again for workers that have died, when that has failed.
      RETRY_SECONDS = 5

      # @return [Forker] of the workers that are forked now
      attr_reader :current

      # @param fleet [Fleet]
      # @param logger [#info, #error]
      # @param generation [Integer] the first
      # @param adopted [Boolean] whether workers of an earlier one are there, who are to be replaced
      # @yieldparam generation [Integer]
      # @yieldreturn [Forker]
      def initialize(fleet, logger:, generation:, adopted: false, &make)
        @fleet = fleet
        @logger = logger
        @make = make
        @adopted = adopted
        @current = make.call(generation)
        @retry = Deadline.new(0)
      end

      # Loads the application for the first workers.
      #
      # @return [nil]
      def begin
        @fleet.rolling_restart.add(@fleet.slots.select(&:serving)) if @adopted
        @current.prepare
      end

      # Loads it anew, and then has a new worker in each slot, one after the other.
      #
      # @return [nil]
      def renew_all
        @next&.close
        @next = @make.call(@current.generation + 1)
        @next.prepare
      end

      # @return [Boolean] whether workers are being replaced
      def under_way?
        !@next.nil? || !@fleet.rolling_restart.done?
      end

      # @return [Array<IO>]
      def ios
        forkers.flat_map(&:ios)
      end

      # @param readable [Array<IO>]
      # @return [nil]
      def notice(readable)
        forkers.each { |one| one.notice if (one.ios & readable).any? }
        nil
      end

      # Does what can be done now.
      #
      # @return [Symbol] as {RollingRestart#step}
      def step
        return :failed if @next && promote == :failed

        mend if @current.lost? || @current.failed?
        return :idle unless @current.ready?

        @fleet.fill(@current)
        @fleet.rolling_restart.step(@current).tap { |outcome| conclude(outcome) }
      end

      # Lets go of what forks.
      #
      # @return [nil]
      def close
        forkers.each(&:close)
      end

      private

      def forkers
        [@current, @next, @former].compact
      end

      def promote
        if @next.ready?
          @former&.close
          @former = @current
          @current = @next
          @fleet.rolling_restart.add(@fleet.slots)
        elsif @next.failed?
          @logger.error { { message: 'the application cannot be loaded anew; what is there goes on' } }
          @next.close
          outcome = :failed
        else
          return
        end
        @next = nil
        outcome
      end

      # For the sake of workers that have died.
      def mend
        return unless @fleet.slots.any?(&:due?) && @retry.left.zero?

        @retry = Deadline.new(RETRY_SECONDS)
        @current.prepare
      end

      def conclude(outcome)
        case outcome
        when :done
          @logger.info { { message: 'all workers are renewed', generation: @current.generation } }
          @former&.close
          @former = nil
        when :failed
          @logger.error do
            { message: 'new workers cannot serve; what is there goes on', generation: @current.generation }
          end
          @fleet.rolling_restart.clear
          fall_back if @former
        end
      end

      def fall_back
        @current.close
        @current = @former
        @former = nil
      end
    end
  end
end
