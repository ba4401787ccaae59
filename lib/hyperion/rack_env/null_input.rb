# frozen_string_literal: true

module Hyperion
  module RackEnv
    # The rack.input of requests without a body, for Rack before 3.1. Shared by all of them: it has no state, and
    # closing it does nothing.
    class NullInput
      # @param length [Integer, nil] bytes wanted; nil: all
      # @param buffer [String, nil] emptied
      # @return [String, nil] as an IO at its end: an empty String for all, nil for a length
      def read(length = nil, buffer = nil)
        buffer&.clear
        return nil if length&.positive?

        buffer || +''.b
      end

      # @return [nil] always
      def gets
        nil
      end

      # @yield never
      # @return [self]
      def each
        self
      end

      # @return [Integer] 0
      def rewind
        0
      end

      # @return [nil]
      def close
        nil
      end

      # @return [Integer] 0
      def size
        0
      end
    end
  end
end
