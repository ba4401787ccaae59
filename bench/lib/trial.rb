# frozen_string_literal: true

require_relative 'dribblers'
require_relative 'failure'
require_relative 'load_generator'
require_relative 'verification'
require_relative 'workloads'

module Bench
  # One workload on a contestant that runs: verified, warmed up, asked as fast as it answers, then at a given rate.
  class Trial
    # CPU time per answer in microseconds, answers per second, resident memory in MiB, what the open loop saw (or the
    # closed one, where there is no other).
    Sample = Struct.new(:cpu, :per_second, :resident_mib, :latencies, :trouble, keyword_init: true) do
      # One of these or of the latencies by its name in a table, or nil; `others_p99` is that of the others.
      def figure(name)
        return self[name] if members.include?(name)
        return latencies&.others&.public_send(name.to_s.delete_prefix('others_')) if name.start_with?('others_')

        latencies&.public_send(name)
      end
    end

    WARM_UP_SHARE = 0.3

    def initialize(server, workload, seconds:)
      @server = server
      @workload = workload
      @seconds = seconds
      @generator = LoadGenerator.new(server.port, workload)
    end

    def run
      [@workload, @workload.other].compact.each { |workload| Verification.new(@server.port, workload).run }
      return beside { sample_latencies(Sample.new) } if @workload.beside

      warm_up
      sample_latencies(@workload.other ? Sample.new : sample_costs)
    end

    # The costs alone, and the latencies that the closed loop saw.
    def run_closed
      Verification.new(@server.port, @workload).run
      warm_up
      sample_costs
    end

    private

    def warm_up
      @generator.closed_loop(@seconds / @workload.times * WARM_UP_SHARE)
    end

    def sample_costs
      processes = @server.processes
      seen = []
      load = @generator.closed_loop(@seconds) { seen << processes.cpu_seconds }
      spent = seen.last - seen.first
      raise Failure, "answered nothing: #{load.trouble}" if load.answers.zero?

      Sample.new(cpu: spent / load.answers * 1e6, per_second: load.per_second, resident_mib: processes.resident_mib,
                 latencies: load, trouble: load.trouble)
    end

    def sample_latencies(sample)
      load = @generator.open_loop(@seconds)
      sample.latencies = load
      of = "of #{load.requests_in_all} at #{@workload.rate}/s"
      sample.trouble = [sample.trouble, load.trouble && "#{load.trouble} #{of}"].compact.join('; ')
      sample
    end

    def beside(&block)
      if @workload.beside == :slow_clients
        Dribblers.new(@server.port, size: Workloads::SLOW_CLIENTS).run(&block)
      else
        LoadGenerator.new(@server.port, @workload.beside).beside(&block)
      end
    end
  end
end
