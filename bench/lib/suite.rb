# frozen_string_literal: true

require_relative 'bare_trial'
require_relative 'failure'
require_relative 'server_process'
require_relative 'trial'

module Bench
  # All workloads on all contestants, in interleaved rounds: what disturbs the machine meets all alike. A contestant
  # that fails at a workload is started anew for the next; what it failed at is kept beside the samples.
  class Suite
    # What stopping, starting and verifying take, for the estimate.
    START_SECONDS = 2.0
    REST_SECONDS = 0.4

    attr_reader :samples, :failures

    def initialize(contestants, workloads, rounds:, seconds:, progress: $stderr)
      @contestants = contestants
      @workloads = workloads
      @rounds = rounds
      @seconds = seconds
      @progress = progress
      @samples = Hash.new { |hash, key| hash[key] = [] }
      @failures = Hash.new { |hash, key| hash[key] = [] }
    end

    # Seconds that a run will take, about.
    def estimate
      trials = @contestants.sum { |contestant| workloads_of(contestant).sum { |workload| seconds_of(workload) } }
      @rounds * (trials + @contestants.size * START_SECONDS)
    end

    # Fills `samples` and `failures`, whose keys are [contestant, workload].
    def run
      LoadGenerator.build
      @contestants.each(&:prepare)
      1.upto(@rounds) do |round|
        @contestants.each { |contestant| run_contestant(contestant, workloads_of(contestant), round) }
      end
      self
    end

    private

    def workloads_of(contestant)
      @workloads.select { |workload| contestant.serves?(workload) }
    end

    def seconds_of(workload)
      @seconds * workload.times * (workload.latency_only? ? 1 : 2) + @seconds * Trial::WARM_UP_SHARE + REST_SECONDS
    end

    def run_contestant(contestant, workloads, round)
      until workloads.empty?
        done = run_until_failure(contestant, workloads, round)
        workloads = workloads.drop(done)
      end
    end

    # Answers how many workloads are done with, the failed one included; one that does not start has failed at all.
    def run_until_failure(contestant, workloads, round)
      current = nil
      started(contestant) do |server|
        workloads.each { |workload| run_trial(contestant, current = workload, server, round) }
      end
      workloads.size
    rescue Failure, IOError, SystemCallError => e # the latter when a server dies while it is looked at
      failed = current ? [current] : workloads
      failed.each { |workload| @failures[[contestant, workload]] << e.message }
      tell(round, contestant, failed.first, "FAILED: #{e.message}")
      workloads.index(failed.last) + 1
    end

    def started(contestant, &block)
      contestant.server? ? ServerProcess.run(contestant, &block) : yield
    end

    def run_trial(contestant, workload, server, round)
      sample = trial(contestant, workload, server).run
      @samples[[contestant, workload]] << sample
      tell(round, contestant, workload,
           format('%<cpu>9s µs  p99 %<p99>9.3f ms  %<trouble>s', cpu: sample.cpu&.round(2) || '-',
                                                                 p99: sample.latencies.p99, trouble: sample.trouble))
    end

    def trial(contestant, workload, server)
      seconds = @seconds * workload.times
      server ? Trial.new(server, workload, seconds: seconds) : BareTrial.new(contestant, seconds: seconds)
    end

    def tell(round, contestant, workload, what)
      @progress.puts format('round %<round>d  %<name>-20s %<workload>-34s %<what>s',
                            round: round, name: contestant.name, workload: workload.name, what: what)
    end
  end
end
