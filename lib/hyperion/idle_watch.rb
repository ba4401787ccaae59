# frozen_string_literal: true

module Hyperion
  # Notices that nobody has had a connection for a while, to any process that counts in a scoreboard.
  #
  # @api private
  class IdleWatch
    # Looks in that time, at least.
    LOOKS = 4

    # Counters of connections that are open.
    OPEN = %i[idle reading_head reading_body waiting writing lingering].freeze
    private_constant :OPEN

    # @param scoreboard [Scoreboard]
    # @param seconds [Numeric] without a connection
    # @yield once, when they are over
    def initialize(scoreboard, seconds, &over)
      @scoreboard = scoreboard
      @seconds = seconds
      @over = over
    end

    # Looks from now on, in a thread.
    #
    # @return [self]
    def start
      @thread = Thread.new { watch }
      @thread.name = 'hyperion idle watch'
      self
    end

    # @return [nil]
    def stop
      @thread&.kill
      nil
    end

    private

    def watch
      accepted = nil
      deadline = Deadline.new(@seconds)
      until deadline.left.zero?
        sleep(@seconds.to_f / LOOKS)
        counters = @scoreboard.sum[:counters]
        deadline = Deadline.new(@seconds) if counters.values_at(*OPEN).any?(&:positive?) ||
                                             counters[:accepted] != accepted
        accepted = counters[:accepted]
      end
      @over.call
    end
  end
end
