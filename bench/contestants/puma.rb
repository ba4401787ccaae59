# frozen_string_literal: true

module Bench
  module Contestants
    # Puma, one process, five threads.
    class Puma < RubyGemServer
      def gem_name
        'puma'
      end

      def tuning
        '-t 5:5, production, quiet'
      end

      def command(port)
        gem_program('--quiet', '--environment', 'production', '--threads', '5:5', '--bind', "tcp://127.0.0.1:#{port}",
                    RACKUP_FILE)
      end
    end
  end
end
