# frozen_string_literal: true

require_relative 'hyperion_rack'

module Bench
  module Contestants
    # The Rack app on Hyperion with a single thread.
    class HyperionRackOne < HyperionRack
      def kinds
        %i[threads]
      end

      def threads
        1
      end
    end
  end
end
