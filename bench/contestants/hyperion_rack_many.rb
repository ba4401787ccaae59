# frozen_string_literal: true

require_relative 'hyperion_rack'

module Bench
  module Contestants
    # The Rack app on Hyperion with more threads than have work.
    class HyperionRackMany < HyperionRack
      def kinds
        %i[threads]
      end

      def threads
        16
      end
    end
  end
end
