# frozen_string_literal: true

module Hyperion
  # A flag that threads in `IO.select` notice: once set, its {#to_io} is readable for ever, for any number of them.
  # Setting it takes no lock, so that a signal handler may.
  class StopSignal
    def initialize
      @reader, @writer = IO.pipe
      @set = false
    end

    # @return [Boolean]
    def set?
      @set
    end

    # @return [nil]
    def set
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
