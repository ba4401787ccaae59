# frozen_string_literal: true

require_relative 'deadline'

module Hyperion
  # Passes events on to a logger, but of each kind of warnings and errors only so many a second: what clients can cause
  # fills no disk. The next line of the kind tells how many were withheld. Kinds are told apart by message and class of
  # the error. Holds no lock, so that it may be used in a signal handler.
  #
  # In the process: around the logger of a {Server} and of a {Runtime}'s hooks.
  class LimitedLogger
    # Lines of a kind in a second.
    LINES = 20

    # Kinds that are told apart; when there are more, all begin anew.
    KINDS = 256

    # What is known of a kind.
    Tally = Struct.new(:since, :lines, :withheld)
    private_constant :Tally

    # @param logger [#warn]
    # @param known [LimitedLogger, nil]
    # @return [LimitedLogger] `known`, if that is what it is around
    def self.around(logger, known)
      known&.logger.equal?(logger) ? known : new(logger)
    end

    # @return [#warn] what it passes events on to
    attr_reader :logger

    # @param logger [#warn] takes blocks that answer a Hash
    # @param lines [Integer] of a kind, in a second
    # @param clock [#call] answers seconds
    def initialize(logger, lines: LINES, clock: Deadline.method(:now))
      @logger = logger
      @lines = lines
      @clock = clock
      @tallies = {}
    end

    # @param event [Hash, String, nil] used when no block is given
    # @yieldreturn [Hash, String] what happened
    # @return [nil]
    def debug(event = nil, &block)
      @logger.debug(event, &block)
    end

    # (see #debug)
    def info(event = nil, &block)
      @logger.info(event, &block)
    end

    # (see #debug)
    def warn(event = nil, &block)
      pass(:warn, block ? yield : event)
    end

    # (see #debug)
    def error(event = nil, &block)
      pass(:error, block ? yield : event)
    end

    # Tells what was withheld and has had no further line.
    #
    # @return [nil]
    def flush
      @tallies.each do |(message, error_class), tally|
        next if tally.withheld.zero?

        withheld = tally.withheld
        tally.withheld = 0
        @logger.warn { { message: message, error_class: error_class, withheld: withheld }.compact }
      end
      nil
    end

    private

    def pass(level, event)
      event = { message: event } unless event.is_a?(Hash)
      tally = tally_of(event)
      if tally.lines >= @lines
        tally.withheld += 1
        return
      end
      tally.lines += 1
      event = event.merge(withheld: tally.withheld) if tally.withheld.positive?
      tally.withheld = 0
      @logger.public_send(level) { event }
      nil
    end

    def tally_of(event)
      now = @clock.call
      kind = event.values_at(:message, :error_class)
      @tallies = {} if @tallies.size >= KINDS && !@tallies.key?(kind)
      tally = (@tallies[kind] ||= Tally.new(now, 0, 0))
      return tally if now - tally.since < 1

      tally.since = now
      tally.lines = 0
      tally
    end
  end
end
