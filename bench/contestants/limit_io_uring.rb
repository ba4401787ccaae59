# frozen_string_literal: true

require 'fileutils'

module Bench
  module Contestants
    # The least that a server on io_uring can do.
    class LimitIoUring < Contestant
      SOURCE = File.join(ROOT, 'bench', 'limit', 'io_uring_hello.c')
      PROGRAM = File.join(WORK_DIRECTORY, 'io_uring_hello')
      COMPILE = %w[cc -std=gnu11 -O2 -Wall -Wextra -Werror].freeze

      def place
        0
      end

      def work
        'fixed bytes, C, io_uring'
      end

      def obstacle
        'liburing is not installed; script/setup does it' unless File.exist?('/usr/include/liburing.h')
      end

      def prepare
        FileUtils.mkdir_p(WORK_DIRECTORY)
        system(*COMPILE, '-o', PROGRAM, SOURCE, '-luring', exception: true)
      end

      def command(port)
        [PROGRAM, port.to_s]
      end
    end
  end
end
