# frozen_string_literal: true

module Bench
  module Contestants
    # A Rack app on Hyperion's Ruby accept loop.
    class HyperionRubyLoop < HyperionServer
      def tuning
        "#{super}, Ruby accept loop"
      end

      def environment
        super.merge('HYPERION_C_ACCEPT_LOOP' => '0')
      end
    end
  end
end
