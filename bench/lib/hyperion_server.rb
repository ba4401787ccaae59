# frozen_string_literal: true

require_relative 'contestant'

module Bench
  # One process of Hyperion with a static route, a block route and a Rack app on five threads; subclasses differ in
  # what they ask it for.
  class HyperionServer < Contestant
    PROGRAM = File.join(ROOT, 'bench', 'servers', 'hyperion.rb')

    def place
      2
    end

    def version
      File.read(File.join(ROOT, 'lib', 'hyperion', 'version.rb'))[/VERSION = '(.*)'/, 1]
    end

    def tuning
      'thread_count 5'
    end

    def watched_paths
      { 'static' => '/', 'Rack' => '/rack' }
    end

    def large_path
      '/large'
    end

    def huge_path
      '/huge'
    end

    def obstacle
      return 'the extension is not built; rake compile does it' if Dir.glob("#{ROOT}/lib/hyperion/hyperion.*").empty?

      'it has no Rack; bench/setup installs it' if Dir.glob("#{GEM_DIRECTORY}/gems/rack-*").empty?
    end

    def environment
      gem_environment
    end

    def command(port)
      [RbConfig.ruby, '-I', File.join(ROOT, 'lib'), PROGRAM, port.to_s]
    end
  end
end
