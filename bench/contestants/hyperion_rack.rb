# frozen_string_literal: true

module Bench
  module Contestants
    # A Rack app on Hyperion.
    class HyperionRack < HyperionServer
      def threads
        5
      end

      def work
        "Rack hello, #{threads} #{threads == 1 ? 'thread' : 'threads'}"
      end

      def path
        '/rack'
      end

      def command(port)
        [*super, threads.to_s]
      end
    end
  end
end
