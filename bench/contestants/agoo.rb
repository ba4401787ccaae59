# frozen_string_literal: true

module Bench
  module Contestants
    # Agoo, one process, five threads.
    class Agoo < RubyGemServer
      PROGRAM = File.join(ROOT, 'bench', 'servers', 'agoo.rb')

      def gem_name
        'agoo'
      end

      def tuning
        'thread_count 5, no log'
      end

      def command(port)
        [RbConfig.ruby, PROGRAM, port.to_s]
      end
    end
  end
end
