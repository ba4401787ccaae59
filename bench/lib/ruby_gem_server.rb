# frozen_string_literal: true

require_relative 'contestant'

module Bench
  # A peer from RubyGems that serves the Rack app; bench/setup puts its gem into a directory of the benchmark's own.
  class RubyGemServer < Contestant
    RACKUP_FILE = File.join(ROOT, 'bench', 'servers', 'rack_app.ru')

    def gem_name
      raise NotImplementedError
    end

    def version
      Dir.glob(File.join(GEM_DIRECTORY, 'specifications', "#{gem_name}-[0-9]*.gemspec")).map do |file|
        File.basename(file, '.gemspec').delete_prefix("#{gem_name}-")
      end.max
    end

    def watched_paths
      { 'Rack' => '/' }
    end

    def large_path
      '/large'
    end

    def huge_path
      '/huge'
    end

    def obstacle
      "the gem #{gem_name} is not installed; bench/setup does it" unless File.exist?(program)
    end

    def environment
      gem_environment
    end

    private

    # The name of the gem's executable.
    def executable
      gem_name
    end

    def program
      File.join(GEM_DIRECTORY, 'bin', executable)
    end

    def gem_program(*arguments)
      [RbConfig.ruby, program, *arguments]
    end
  end
end
