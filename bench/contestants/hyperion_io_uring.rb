# frozen_string_literal: true

module Bench
  module Contestants
    # All that Hyperion serves, on io_uring.
    class HyperionIoUring < HyperionServer
      QUESTION = 'exit Hyperion::Server::ConnectionLoop.io_uring_eligible? ? 0 : 1'

      def kinds
        %i[static both block rack]
      end

      def obstacle
        super || ('it is built without io_uring' unless built_with_io_uring?)
      end

      def tuning
        "#{super}, io_uring"
      end

      def environment
        super.merge('HYPERION_IO_URING_ACCEPT' => '1')
      end

      private

      def built_with_io_uring?
        system(environment, RbConfig.ruby, '-I', File.join(ROOT, 'lib'), '-r', 'hyperion', '-e', QUESTION,
               err: File::NULL)
      end
    end
  end
end
