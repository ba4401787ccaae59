# frozen_string_literal: true

# A logger that keeps its events, for expectations.
module LogHelper
  # Answers every level with a block, as Hyperion::Logger does.
  class Memory
    attr_reader :events

    def initialize
      @events = []
    end

    %i[debug info warn error].each do |level|
      define_method(level) do |event = nil, &block|
        @events << [level, block ? block.call : event]
        nil
      end
    end

    def messages
      @events.map { |_, event| event[:message] }
    end
  end

  def memory_log
    @memory_log ||= Memory.new
  end
end
