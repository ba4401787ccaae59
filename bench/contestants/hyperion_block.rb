# frozen_string_literal: true

module Bench
  module Contestants
    # Hyperion's route block.
    class HyperionBlock < HyperionServer
      def kinds
        [:block]
      end

      def work
        'route block, 5 threads'
      end

      def path
        '/block'
      end
    end
  end
end
