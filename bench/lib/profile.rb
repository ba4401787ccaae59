# frozen_string_literal: true

require_relative 'callgrind'
require_relative 'load_generator'
require_relative 'request_parts'
require_relative 'server_process'
require_relative 'strace'
require_relative 'verification'

module Bench
  # What the answers of a contestant take: system calls by name, and instructions by part. Both are counted, not timed,
  # under load, from when all connections are there until before they end.
  class Profile
    WARM_UP_SECONDS = 1

    def initialize(contestant, workloads, seconds:)
      @contestant = contestant
      @workloads = workloads
      @seconds = seconds
    end

    # By workload and name, for an answer.
    def system_calls
      each_workload(@contestant) do |server, workload|
        strace = calls = nil
        load = load(server, workload) { strace ? calls = strace.stop : strace = Strace.new(server.pid) }
        for_one(calls, load)
      end
    end

    # By workload and part, for an answer.
    def instructions
      callgrind = Callgrind.new(@contestant)
      each_workload(callgrind) do |server, workload|
        dumps = []
        load = load(server, workload) { dumps << callgrind.dump(server.pid) }
        for_one(RequestParts.new(dumps.last).to_h, load)
      end
    end

    private

    def each_workload(contestant)
      ServerProcess.run(contestant) do |server|
        @workloads.to_h do |workload|
          Verification.new(server.port, workload).run
          LoadGenerator.new(server.port, workload).closed_loop(WARM_UP_SECONDS)
          [workload, yield(server, workload)]
        end
      end
    end

    def load(server, workload, &counting)
      load = LoadGenerator.new(server.port, workload).closed_loop(@seconds, &counting)
      raise Failure, "#{workload.name}: #{load.trouble}" if load.trouble || load.answers.zero?

      load
    end

    def for_one(counts, load)
      counts.transform_values { |count| count.fdiv(load.answers) }
    end
  end
end
