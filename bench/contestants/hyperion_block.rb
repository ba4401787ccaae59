# frozen_string_literal: true

module Bench
  module Contestants
    # Hyperion's route block.
    class HyperionBlock < HyperionServer
      def kinds
        [:block]
      end
    end
  end
end
