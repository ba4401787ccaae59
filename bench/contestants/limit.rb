# frozen_string_literal: true

require 'fileutils'

module Bench
  module Contestants
    # The least that a server on epoll can do: what every ratio is taken to.
    class Limit < Contestant
      SOURCE = File.join(ROOT, 'bench', 'limit', 'epoll_hello.c')
      PROGRAM = File.join(WORK_DIRECTORY, 'epoll_hello')

      def place
        0
      end

      def work
        'fixed bytes, C'
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
        system('cc', '-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-o', PROGRAM, SOURCE, exception: true)
      end

      def command(port)
        [PROGRAM, port.to_s]
      end
    end
  end
end
