# frozen_string_literal: true

require_relative 'rails_hyperion'

module Bench
  module Contestants
    # Rails on Hyperion's Ruby accept loop.
    class RailsHyperionRubyLoop < RailsHyperion
      def work
        'Rails hello, Ruby loop'
      end

      def environment
        super.merge('HYPERION_C_ACCEPT_LOOP' => '0')
      end
    end
  end
end
