# frozen_string_literal: true

require_relative 'contestant'
require_relative '../contestants/limit_io_uring'

module Bench
  # The least that a server on io_uring can do for a large body, which it copies into the kernel or does not.
  class LargeSends < Contestants::LimitIoUring
    # bytes: of the body.
    def initialize(bytes, zero_copy:)
      super()
      @bytes = bytes
      @zero_copy = zero_copy
    end

    def name
      "#{@zero_copy ? 'zero_copy' : 'copy'}_#{@bytes}"
    end

    def command(port)
      [*super, @bytes.to_s, *('zero-copy' if @zero_copy)]
    end
  end
end
