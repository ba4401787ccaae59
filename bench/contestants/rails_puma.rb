# frozen_string_literal: true

module Bench
  module Contestants
    # Rails on Puma, one process.
    class RailsPuma < RailsServer
      def command(port)
        bundled('puma', '--quiet', '--config', '-', '--environment', 'production', '--threads', '5:5', '--bind',
                "tcp://127.0.0.1:#{port}")
      end

      private

      def gem_name
        'puma'
      end
    end
  end
end
