# frozen_string_literal: true

module Bench
  module Contestants
    # Rails on Hyperion's C loop.
    class RailsHyperion < RailsServer
      def place
        2
      end

      def command(port)
        bundled('hyperion', '--threads', '5', '--bind', "tcp://127.0.0.1:#{port}")
      end

      private

      def gem_name
        'hyperion'
      end
    end
  end
end
