# frozen_string_literal: true

module Hyperion
  # A point in time that can only come nearer. Takes no lock: signal handlers may move it.
  #
  # @api private
  class Deadline
    # How soon it is noticed that the point has come nearer.
    PART_SECONDS = 0.05

    # @return [Float] seconds of a clock that nobody sets
    def self.now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    # @param seconds [Numeric, nil] from now; nil: not set yet
    def initialize(seconds = nil)
      @at = seconds && (Deadline.now + seconds)
    end

    # @param seconds [Numeric] from now; a later point than the present one changes nothing
    # @return [nil]
    def shorten(seconds)
      at = Deadline.now + seconds
      @at = at if @at.nil? || at < @at
      nil
    end

    # @return [Boolean]
    def set?
      !@at.nil?
    end

    # @return [Numeric] seconds, 0 when it has passed; also 0 when it is not set
    def left
      @at ? [@at - Deadline.now, 0].max : 0
    end

    # Waits for something until then, part by part.
    #
    # @yieldparam seconds [Numeric] how long to wait
    # @yieldreturn [Object, nil] something true when it is there
    # @return [Object, nil] that; nil or false when it is not
    def wait
      loop do
        left = self.left
        found = yield [left, PART_SECONDS].min
        return found if found || left.zero?
      end
    end
  end
end
