# frozen_string_literal: true

module Hyperion
  # A thread that does nothing but show, now and then, that Ruby threads get their turn. A process whose GVL is held for
  # ever stops beating, and its health route, which needs no Ruby, says so.
  #
  # In the process: one for each server with a health route, while it runs.
  #
  # @api private
  class Heartbeat
    # Beats within the time after which their absence is told.
    BEATS = 4

    # The longest time between two, whatever the limit.
    SECONDS_MAX = 1.0

    # @param health [Http::Health]
    # @param limit [Numeric] seconds after which a process that does not beat counts as stuck
    def initialize(health, limit)
      @health = health
      @seconds = [limit.fdiv(BEATS), SECONDS_MAX].min
    end

    # Beats while the block runs.
    #
    # @yield
    # @return [Object] what the block answers
    def around
      @health.beat
      thread = Thread.new { beat_for_ever }
      thread.name = 'hyperion heartbeat'
      yield
    ensure
      thread&.kill
    end

    private

    def beat_for_ever
      loop do
        sleep(@seconds)
        @health.beat
      end
    end
  end
end
