# frozen_string_literal: true

module Bench
  module Contestants
    # Iodine, one process, five threads.
    class Iodine < RubyGemServer
      def gem_name
        'iodine'
      end

      def tuning
        '-w 1 -t 5, no log'
      end

      def command(port)
        gem_program('-b', '127.0.0.1', '-p', port.to_s, '-t', '5', '-w', '1', RACKUP_FILE)
      end
    end
  end
end
