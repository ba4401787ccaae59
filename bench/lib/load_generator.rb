# frozen_string_literal: true

require 'fileutils'
require 'json'
require 'tempfile'
require_relative 'contestant'
require_relative 'failure'

module Bench
  # Our own load generator in C, on the core that the server does not have.
  class LoadGenerator
    SOURCES = Dir.glob(File.join(Contestant::ROOT, 'bench', 'load', '{answer,histogram,tally,load}.c')).freeze
    PROGRAM = File.join(Contestant::WORK_DIRECTORY, 'load')
    CORE = 1
    DESCRIPTORS_MAX = 20_000

    # What a run saw: requests in all, those answered, answers per second, latencies in ms; requests without
    # an answer at the end, answers that were not 200, connections that broke under a request. `others`: the same of
    # the requests that the workload has in between, which count in none of these.
    Result = Struct.new(:requests, :answers, :per_second, :p50, :p99, :p999, :slowest, :unanswered, :refused, :broken,
                        :others, keyword_init: true) do
      def initialize(others: nil, **rest)
        super(others: others && self.class.new(**others), **rest)
      end

      def requests_in_all
        requests + (others&.requests || 0)
      end

      # Answers per second, those of the others included.
      def achieved
        per_second + (others&.per_second || 0)
      end

      # How much of what went wrong, by name, the others included.
      def errors
        { unanswered: unanswered, refused: refused, broken: broken }.merge(others&.errors || {}) { |_, *two| two.sum }
                                                                    .select { |_, count| count.positive? }
      end

      # What went wrong, in words, or nil.
      def trouble
        errors.map { |what, count| "#{count} #{what}" }.join(', ') unless errors.empty?
      end
    end

    def self.build
      FileUtils.mkdir_p(Contestant::WORK_DIRECTORY)
      system('cc', '-std=c11', '-O2', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-o', PROGRAM, *SOURCES,
             exception: true)
    end

    def initialize(port, workload)
      @port = port
      @workload = workload
    end

    # As fast as the answers come: what a request costs, and how many can be had. Pipelines if the workload does.
    # `measured` is called when all connections are there, and again before they end.
    def closed_loop(seconds, &measured)
      run('-s', seconds, '-p', @workload.pipelined, &measured)
    end

    # At the workload's rate: how long a request takes from the moment that it was due.
    def open_loop(seconds)
      run('-s', seconds, '-p', @workload.pipelined, '-r', @workload.rate)
    end

    # A closed loop in the background while the block runs.
    def beside
      pid = spawn(*command('-s', 3600, '-p', 1), in: request_file(@workload), out: File::NULL,
                                                 rlimit_nofile: DESCRIPTORS_MAX)
      yield
    ensure
      if pid
        Process.kill(:KILL, pid)
        Process.wait(pid)
      end
    end

    private

    def run(*options)
      go, guide = IO.pipe
      output, said = IO.pipe
      other = request_file(@workload.other) if @workload.other # is there for as long as somebody holds it
      options += ['-o', other.path, '-n', @workload.one_in] if other
      pid = spawn(*command('-g', *options), in: request_file(@workload), out: said, 3 => go,
                                            rlimit_nofile: DESCRIPTORS_MAX)
      [go, said].each(&:close)
      guided(output, guide) { yield if block_given? }
    ensure
      [guide, output].each(&:close)
      Process.wait(pid) if pid
    end

    def guided(output, guide)
      raise Failure, 'the load generator could not connect' unless output.gets == "ready\n"

      yield
      guide.write('.')
      line = output.gets or raise Failure, 'the load generator could not connect again'
      yield
      Result.new(**JSON.parse(line, symbolize_names: true))
    rescue Errno::EPIPE
      raise Failure, 'the load generator has ended'
    end

    def command(*options)
      fresh = @workload.fresh ? ['-f'] : []
      ['taskset', '-c', CORE.to_s, PROGRAM, '-c', @workload.connections.to_s, *options.map(&:to_s), *fresh, @port.to_s]
    end

    def request_file(workload)
      file = Tempfile.new('request', binmode: true)
      file.write(workload.request)
      file.rewind
      file
    end
  end
end
