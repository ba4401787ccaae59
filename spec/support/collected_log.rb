# frozen_string_literal: true

# A logger that keeps what it is told. Quacks like Hyperion::Logger.
class CollectedLog
  # One event: its level, and the Hash that the block answered.
  Event = Struct.new(:level, :fields) do
    def to_s
      "#{level}: #{fields}"
    end
  end

  def initialize
    @lock = Mutex.new
    @events = []
  end

  Hyperion::Logger::LEVELS.each do |level|
    define_method(level) do |event = nil, &block|
      event = block.call if block
      @lock.synchronize { @events << Event.new(level, event.is_a?(Hash) ? event : { message: event }) }
      nil
    end
  end

  # Events so far; of these levels, when any are named.
  def events(*levels)
    all = @lock.synchronize { @events.dup }
    levels.empty? ? all : all.select { |event| levels.include?(event.level) }
  end

  # What went wrong: warnings and errors.
  def complaints
    events(:warn, :error)
  end

  def to_s
    events.join("\n")
  end
end
