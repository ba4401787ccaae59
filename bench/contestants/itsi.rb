# frozen_string_literal: true

module Bench
  module Contestants
    # Itsi, one worker, five threads.
    class Itsi < RubyGemServer
      def gem_name
        'itsi-server'
      end

      def tuning
        '-w 1 -t 5, no log'
      end

      def environment
        super.merge('ITSI_LOG' => 'off', 'RACK_ENV' => 'production')
      end

      def command(port)
        gem_program('-w', '1', '-t', '5', '-b', "http://127.0.0.1:#{port}", '-r', RACKUP_FILE)
      end

      private

      def executable
        'itsi'
      end
    end
  end
end
