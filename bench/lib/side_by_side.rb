# frozen_string_literal: true

require_relative 'load_generator'
require_relative 'paired_results'
require_relative 'server_process'
require_relative 'trial'

module Bench
  # Servers that run at the same time on one core and are loaded in turns, workload by workload: what else the machine
  # does meets turns that follow each other alike. One that nobody asks costs nothing.
  class SideBySide
    # What a verification, the connections and the answers after the end take, for the estimate.
    REST_SECONDS = 0.5
    START_SECONDS = 1.0

    # asked: workloads by contestant.
    def initialize(asked, rounds:, seconds:, progress: $stderr)
      @asked = asked
      @rounds = rounds
      @seconds = seconds
      @progress = progress
      @samples = Hash.new { |hash, key| hash[key] = [] }
      @failures = []
    end

    # Seconds that a run will take, about.
    def estimate
      turns = @asked.values.sum(&:size)
      @rounds * (turns * (@seconds * (1 + Trial::WARM_UP_SHARE) + REST_SECONDS) + @asked.size * START_SECONDS)
    end

    # Answers the results.
    def run
      LoadGenerator.build
      @asked.each_key(&:prepare)
      1.upto(@rounds) { |round| with_servers(@asked.keys) { |servers| run_round(servers, round) } }
      PairedResults.new(@samples, @failures)
    end

    private

    def with_servers(contestants, servers = {}, &block)
      return yield servers if contestants.empty?

      first, *rest = contestants
      ServerProcess.run(first) { |server| with_servers(rest, servers.merge(first => server), &block) }
    end

    # Who is first changes with every round.
    def run_round(servers, round)
      @asked.values.flatten.uniq.each do |workload|
        asked = servers.select { |contestant, _| @asked[contestant].include?(workload) }.to_a
        asked.rotate(round).each { |contestant, server| take_turn(contestant, server, workload, round) }
      end
    end

    # One that fails leaves its place empty, so that the others stay in pairs; so does one that had not answered all at
    # the end, as what it spent on the rest would be the others' cost.
    def take_turn(contestant, server, workload, round)
      sample = Trial.new(server, workload, seconds: @seconds).run_closed
      trouble = sample.trouble
      sample = nil if sample.latencies.unanswered.positive?
    rescue Failure => e
      trouble = "FAILED: #{e.message}"
    ensure
      @samples[[contestant, workload]] << sample
      @failures << "#{contestant.name}, #{workload.name}: #{trouble}" if trouble
      @progress.puts format('round %<round>d  %<name>-18s %<workload>-38s %<cpu>9s µs  %<trouble>s',
                            round: round, name: contestant.name, workload: workload.name,
                            cpu: sample&.cpu&.round(2), trouble: trouble)
    end
  end
end
