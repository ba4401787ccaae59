# frozen_string_literal: true

require 'fileutils'

module Bench
  module Contestants
    # Pitchfork: processes instead of threads, and no keep-alive, as its authors want it behind a proxy.
    class Pitchfork < RubyGemServer
      CONFIGURATION = File.join(WORK_DIRECTORY, 'pitchfork.rb')
      PROCESSES = 5

      def gem_name
        'pitchfork'
      end

      def tuning
        'worker_processes 5 in place of threads, production, no log'
      end

      def prepare
        FileUtils.mkdir_p(WORK_DIRECTORY)
        File.write(CONFIGURATION, "worker_processes #{PROCESSES}\nlogger Logger.new(File::NULL)\n")
      end

      def command(port)
        gem_program('-E', 'production', '-l', "127.0.0.1:#{port}", '-c', CONFIGURATION, RACKUP_FILE)
      end
    end
  end
end
