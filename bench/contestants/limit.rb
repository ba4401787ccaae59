# frozen_string_literal: true

require 'fileutils'

module Bench
  module Contestants
    # The least that a server on epoll can do: what every ratio is taken to.
    class Limit < Contestant
      FLAGS = %w[-std=gnu11 -O2 -Wall -Wextra -Werror].freeze

      def place
        0
      end

      def kinds
        [:static]
      end

      # Its answer is one, and it never closes.
      def serves?(workload)
        super && workload.path == '/' && !workload.fresh && workload.pipelined == 1 && !workload.latency_only?
      end

      def prepare
        FileUtils.mkdir_p(WORK_DIRECTORY)
        source = File.join(ROOT, 'bench', 'limit', "#{source_name}.c")
        system('cc', *FLAGS, '-o', program, source, *libraries, exception: true)
      end

      def command(port)
        [program, port.to_s]
      end

      private

      def source_name
        'epoll_hello'
      end

      def libraries
        []
      end

      def program
        File.join(WORK_DIRECTORY, source_name)
      end
    end
  end
end
