# frozen_string_literal: true

require 'rbconfig'

module Bench
  # The classes that bench/contestants/ defines, one a file.
  module Contestants
  end

  # A server to measure. A subclass in bench/contestants/ says how it is started and what it is asked for.
  class Contestant
    ROOT = File.expand_path('../..', __dir__)
    WORK_DIRECTORY = File.join(ROOT, 'tmp', 'bench')
    GEM_DIRECTORY = File.join(WORK_DIRECTORY, 'gems', RbConfig::CONFIG['ruby_version'])

    # All contestants, in the order of the table.
    def self.all
      Dir.glob(File.join(ROOT, 'bench', 'contestants', '*.rb')).sort.each { |file| require file }
      Contestants.constants.map { |constant| Contestants.const_get(constant).new }
                 .sort_by { |contestant| [contestant.place, contestant.name] }
    end

    # The name that --only takes: HyperionStatic is hyperion_static.
    def name
      self.class.name.split('::').last.gsub(/(?<=[a-z])(?=[A-Z])/, '_').downcase
    end

    # Where it stands in the table: the limit at 0, peers at 1, Hyperion at 2.
    def place
      1
    end

    # Kinds of workload that it serves: :static, :rack, :block, :both (static beside Rack), :threads (Rack on several
    # numbers of threads).
    def kinds
      [:rack]
    end

    # Whether it is one; if not, its `measuring_command` for so many seconds prints its own figures.
    def server?
      true
    end

    # The cores that it may run on, as taskset takes them.
    def cores
      '0'
    end

    # Whether this workload is to be measured on it.
    def serves?(workload)
      kinds.include?(workload.kind)
    end

    # The version that is measured, or nil.
    def version
      nil
    end

    # Settings that differ from its defaults, for the page.
    def tuning
      'defaults'
    end

    # Paths whose latency bench/slow_clients watches, by the kind of work.
    def watched_paths
      {}
    end

    # The path that answers 1 MiB, or nil.
    def large_path
      nil
    end

    # The path that answers 8 MiB of the application, or nil.
    def huge_path
      nil
    end

    # Why it cannot be run here, or nil.
    def obstacle
      nil
    end

    # Done once before the first start.
    def prepare; end

    # The command line that serves on 127.0.0.1 at this port in the foreground until it gets TERM.
    def command(port)
      raise NotImplementedError
    end

    # Environment variables of the server, by name.
    def environment
      {}
    end

    private

    # The benchmark's own gems, and no others; YJIT where Ruby has it.
    def gem_environment
      { 'GEM_HOME' => GEM_DIRECTORY, 'GEM_PATH' => GEM_DIRECTORY, 'RUBYOPT' => nil, 'RUBY_YJIT_ENABLE' => '1' }
    end

    def program_missing?(program)
      ENV.fetch('PATH').split(':').none? { |directory| File.executable?(File.join(directory, program)) }
    end
  end
end
