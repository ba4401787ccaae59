# frozen_string_literal: true

require 'fileutils'
require 'open3'
require_relative 'callgrind_dump'
require_relative 'contestant'
require_relative 'failure'

module Bench
  # A contestant whose instructions outside the kernel are counted when asked for; until then it runs ten times as fast.
  class Callgrind
    DIRECTORY = File.join(Contestant::WORK_DIRECTORY, 'profile')
    FLAGS = %w[--tool=callgrind --instr-atstart=no --compress-strings=no --compress-pos=no --dump-line=no].freeze

    def self.available?
      %w[valgrind vgdb].all? { |program| system(program, '--help', %i[out err] => File::NULL) }
    end

    # The last dump's file, for tools that show more of it.
    attr_reader :file

    def initialize(contestant)
      @contestant = contestant
      @dumps = 0
    end

    def name
      "#{@contestant.name}-callgrind"
    end

    def cores
      @contestant.cores
    end

    # Without YJIT, whose code callgrind cannot name, and does not survive.
    def environment
      @contestant.environment.merge('RUBY_YJIT_ENABLE' => nil)
    end

    def command(port)
      FileUtils.mkdir_p(DIRECTORY)
      ['valgrind', *FLAGS, "--callgrind-out-file=#{base}", *@contestant.command(port)]
    end

    # What was spent since the last one, or nothing; pid: of the process that runs its command.
    def dump(pid)
      ask(pid, 'instrumentation', 'on')
      ask(pid, 'dump')
      @file = "#{base}.#{@dumps += 1}"
      CallgrindDump.new(File.read(@file))
    end

    private

    def base
      File.join(DIRECTORY, @contestant.name)
    end

    def ask(pid, *words)
      said, status = Open3.capture2e('vgdb', "--pid=#{pid}", *words)
      raise Failure, "vgdb: #{said}" unless status.success?
    end
  end
end
