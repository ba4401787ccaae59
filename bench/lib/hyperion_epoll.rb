# frozen_string_literal: true

require_relative 'hyperion_server'

module Bench
  # All that Hyperion serves, on epoll, whatever the environment asks for: beside the contestant on io_uring.
  class HyperionEpoll < HyperionServer
    def kinds
      %i[static both block rack]
    end

    def environment
      super.merge('HYPERION_IO_URING_ACCEPT' => '0')
    end
  end
end
