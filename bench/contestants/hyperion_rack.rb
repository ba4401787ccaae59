# frozen_string_literal: true

module Bench
  module Contestants
    # A Rack app on Hyperion.
    class HyperionRack < HyperionServer
      def work
        'Rack hello, 5 threads'
      end

      def path
        '/rack'
      end
    end
  end
end
