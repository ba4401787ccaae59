# frozen_string_literal: true

require_relative 'measurement'

module Bench
  # Measures all contestants once in every round, one after the other: what disturbs the machine meets all alike.
  class Comparison
    def initialize(contestants, rounds:, seconds:, connections:, progress: $stderr)
      @contestants = contestants
      @rounds = rounds
      @settings = { seconds: seconds, connections: connections }
      @progress = progress
    end

    # Samples by contestant, one for each round.
    def run
      @contestants.each(&:prepare)
      samples = Hash.new { |hash, contestant| hash[contestant] = [] }
      1.upto(@rounds) do |round|
        @contestants.each { |contestant| samples[contestant] << measure(contestant, round) }
      end
      samples
    end

    private

    def measure(contestant, round)
      sample = Measurement.new(contestant, **@settings).run
      @progress.puts format('round %<round>d  %<name>-20s %<cpu>8.2f µs  %<rate>9.0f/s  %<trouble>s',
                            round: round, name: contestant.name, cpu: sample.cpu_per_answer,
                            rate: sample.load.per_second, trouble: sample.load.trouble)
      sample
    end
  end
end
