# frozen_string_literal: true

module Hyperion
  # Writes one structured line an event: time, level, then `key=value` pairs. Holds no lock, so that it may be used in a
  # signal handler.
  #
  # @example
  #   logger = Hyperion::Logger.new(level: :debug)
  #   logger.warn { { message: 'request hook failed', phase: :request_start } }
  #   # 2026-01-31T12:00:00.123Z WARN message="request hook failed" phase=request_start
  class Logger
    # The levels, from the most talkative.
    LEVELS = %i[debug info warn error].freeze

    # @return [Symbol] the lowest level that is written
    attr_reader :level

    # @param io [IO, #write, nil] where lines go; nil: to what `$stderr` is at the time of each event
    # @param level [Symbol] one of {LEVELS}
    # @raise [ArgumentError] for an unknown level
    def initialize(io = nil, level: :info)
      @io = io
      self.level = level
    end

    # @param name [Symbol, String] one of {LEVELS}
    # @raise [ArgumentError] for an unknown level
    def level=(name)
      rank = LEVELS.index(name.to_sym)
      raise ArgumentError, "level must be one of #{LEVELS.join(', ')}, not #{name}" unless rank

      @rank = rank
      @level = LEVELS[rank]
    end

    # Writes an event; the block is not called when the level is off.
    #
    # @param event [Hash, String, nil] used when no block is given
    # @yieldreturn [Hash, String] what happened; a String is taken as `message:`
    # @return [nil]
    def debug(event = nil, &block)
      write(:debug, event, block)
    end

    # (see #debug)
    def info(event = nil, &block)
      write(:info, event, block)
    end

    # (see #debug)
    def warn(event = nil, &block)
      write(:warn, event, block)
    end

    # (see #debug)
    def error(event = nil, &block)
      write(:error, event, block)
    end

    private

    def write(name, event, block)
      return if LEVELS.index(name) < @rank

      event = block.call if block
      event = { message: event } unless event.is_a?(Hash)
      pairs = event.map { |key, value| "#{key}=#{quote(value)}" }
      (@io || $stderr).write("#{timestamp} #{name.upcase} #{pairs.join(' ')}\n")
      nil
    rescue IOError, SystemCallError
      nil # nowhere to tell
    end

    def timestamp
      Time.now.utc.strftime('%Y-%m-%dT%H:%M:%S.%LZ')
    end

    def quote(value)
      text = value.to_s
      text.match?(/\A[\w.:\/-]+\z/) ? text : text.inspect
    rescue ArgumentError, EncodingError
      text.b.inspect
    end
  end
end
