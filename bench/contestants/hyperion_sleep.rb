# frozen_string_literal: true

module Bench
  module Contestants
    # A Rack app that sleeps for 5 ms on Hyperion: five threads can serve 1,000 requests/s.
    class HyperionSleep < HyperionServer
      def work
        'Rack 5 ms sleep, 5 threads'
      end

      def path
        '/sleep'
      end
    end
  end
end
