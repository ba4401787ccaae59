# frozen_string_literal: true

module Bench
  module Contestants
    # Falcon, one process: a fiber for each request instead of threads.
    class Falcon < RubyGemServer
      def gem_name
        'falcon'
      end

      def tuning
        'serve --forked --count 1, over plain HTTP, no log'
      end

      def environment
        super.merge('CONSOLE_LEVEL' => 'fatal', 'RACK_ENV' => 'production')
      end

      def command(port)
        gem_program('serve', '--forked', '--count', '1', '--bind', "http://127.0.0.1:#{port}", '--config', RACKUP_FILE)
      end
    end
  end
end
