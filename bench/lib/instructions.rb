# frozen_string_literal: true

require 'fileutils'
require 'json'
require 'open3'
require_relative 'failure'

module Bench
  # Instructions that the core spends on a request, counted by callgrind: the same whatever else the machine does. They
  # depend on the compiler, so figures of another one are not compared.
  class Instructions
    ROOT = File.expand_path('../..', __dir__)
    CORE = "#{ROOT}/ext/hyperion/core".freeze
    BUILD = "#{ROOT}/tmp/bench/instructions".freeze
    FIGURES = "#{ROOT}/bench/instructions/figures.json".freeze
    FLAGS = %w[-std=c11 -D_GNU_SOURCE -O2 -g -pthread -Wall -Wextra -Werror].freeze

    # A part of a figure that may go unexplained: libraries differ a little from one processor to the next.
    TOLERANCE = 0.03

    FEW = 1_600
    MANY = 4_800
    private_constant :FEW, :MANY

    # @return [Boolean] whether instructions can be counted here
    def self.available?
      system('valgrind', '--version', out: File::NULL, err: File::NULL) ? true : false
    end

    # @return [Hash{String => Integer}] what of the traffic, to instructions for a request
    def count
      build
      kinds.to_h { |kind| [kind, (total(kind, MANY) - total(kind, FEW)) / (MANY - FEW)] }
    end

    # @return [String] name and version
    def compiler
      Open3.capture2(cc, '--version').first.lines.first.chomp
    end

    # @return [Hash{String => Integer}, nil] the figures in the tree; nil when they are another compiler's
    def expected
      kept = JSON.parse(File.read(FIGURES))
      kept['figures'] if kept['compiler'] == compiler
    end

    # @param figures [Hash{String => Integer}]
    # @return [void]
    def keep(figures)
      File.write(FIGURES, "#{JSON.pretty_generate('compiler' => compiler, 'figures' => figures)}\n")
    end

    private

    def cc
      ENV.fetch('CC', 'cc')
    end

    # Loops and backends make system calls, and are no part of what is replayed.
    def sources
      Dir["#{CORE}/*.c"].reject { |path| File.basename(path).match?(/\A(loop|backend|uring)/) }
    end

    def build
      FileUtils.mkdir_p(BUILD)
      run(cc, *FLAGS, "-I#{CORE}", '-o', program, "#{ROOT}/bench/instructions/replay.c", *sources)
    end

    def program
      "#{BUILD}/replay"
    end

    def kinds
      run(program).lines(chomp: true)
    end

    def total(kind, requests)
      said = run('valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', program, kind, requests.to_s)
      Integer(said[/Collected *: *(\d+)/, 1] || raise(Failure, "callgrind has counted nothing: #{said}"))
    end

    def run(*command)
      output, status = Open3.capture2e(*command)
      raise Failure, "#{command.first(3).join(' ')}: #{output}" unless status.success?

      output
    end
  end
end
