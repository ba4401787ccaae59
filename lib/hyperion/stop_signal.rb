# frozen_string_literal: true

require_relative 'deadline'

module Hyperion
  # A flag that threads in `IO.select` notice: once set, its {#to_io} is readable for ever, for any number of them.
  # Setting it takes no lock, so that a signal handler may.
  class StopSignal
    def initialize
      @reader, @writer = IO.pipe
      @set = false
      @patience = Deadline.new
    end

    # @return [Boolean]
    def set?
      @set
    end

    # @return [Numeric] seconds for which whoever has nothing to do may go on waiting
    def patience
      @patience.left
    end

    # @param patience [Numeric] seconds; of several calls the shortest counts
    # @return [nil]
    def set(patience = 0)
      @patience.shorten(patience)
      @set = true
      @writer.write_nonblock('.', exception: false)
      nil
    rescue IOError
      nil # closed: nobody waits any more
    end

    # @return [IO] for `IO.select`
    def to_io
      @reader
    end

    # Gives the descriptors back, once nobody waits.
    #
    # @return [nil]
    def close
      @reader.close
      @writer.close
    end
  end
end
