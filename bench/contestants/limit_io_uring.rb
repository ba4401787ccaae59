# frozen_string_literal: true

require_relative 'limit'

module Bench
  module Contestants
    # The least that a server on io_uring can do.
    class LimitIoUring < Limit
      def obstacle
        'liburing is not installed; script/setup does it' unless File.exist?('/usr/include/liburing.h')
      end

      private

      def source_name
        'io_uring_hello'
      end

      def libraries
        ['-luring']
      end
    end
  end
end
