# frozen_string_literal: true

module Bench
  module Contestants
    # Hyperion's static route, on epoll.
    class HyperionStatic < HyperionServer
      def kinds
        %i[static both]
      end
    end
  end
end
