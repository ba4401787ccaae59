# frozen_string_literal: true

module Bench
  module Contestants
    # A Rack app on Hyperion.
    class HyperionRack < HyperionServer
      def kinds
        %i[rack threads]
      end

      def threads
        5
      end

      def tuning
        "thread_count #{threads}"
      end

      def command(port)
        [*super, threads.to_s]
      end
    end
  end
end
