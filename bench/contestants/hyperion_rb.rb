# frozen_string_literal: true

module Bench
  module Contestants
    # The gem of another project by our name, one process, five threads.
    class HyperionRb < RubyGemServer
      def gem_name
        'hyperion-rb'
      end

      def tuning
        '-w 1 -t 5, no request log'
      end

      def command(port)
        gem_program('-w', '1', '-t', '5', '-b', '127.0.0.1', '-p', port.to_s, '--no-log-requests', RACKUP_FILE)
      end

      private

      def executable
        'hyperion'
      end
    end
  end
end
