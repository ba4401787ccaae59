# frozen_string_literal: true

require_relative 'statistics'

module Bench
  # The medians of a suite's samples, and their ratios.
  class Results
    REFERENCE = 'static hello'

    attr_reader :workloads, :contestants

    def initialize(samples, failures)
      @samples = samples.reject { |_, list| list.empty? }
      @failures = failures.reject { |_, list| list.empty? }
      keys = [*@samples.keys, *@failures.keys]
      @contestants = keys.map(&:first).uniq.sort_by { |contestant| [contestant.place, contestant.name] }
      @workloads = keys.map(&:last).uniq
    end

    # Those that were to be measured at this workload, in the order of the table.
    def contestants_of(workload)
      @contestants.select { |one| @samples.key?([one, workload]) || @failures.key?([one, workload]) }
    end

    # The median of a figure, or nil where it was not measured.
    def median(contestant, workload, figure)
      values = @samples.fetch([contestant, workload], []).filter_map { |sample| sample.figure(figure) }
      Statistics.median(values) unless values.empty?
    end

    # CPU time to the limit's at this workload, or at static hello where the limit does not serve it.
    def to_limit(contestant, workload)
      limit = @contestants.find { |other| other.place.zero? && other.name == 'limit' }
      reference = @workloads.find { |other| other.name == REFERENCE }
      least = median(limit, workload, :cpu) || median(limit, reference, :cpu) if limit
      ratio(median(contestant, workload, :cpu), least)
    end

    # A figure, of which less is better, to that of the peer which has the least.
    def to_best_peer(contestant, workload, figure = :cpu)
      peers = contestants_of(workload).select { |other| other.place == 1 }
      ratio(median(contestant, workload, figure), peers.filter_map { |peer| median(peer, workload, figure) }.min)
    end

    # A figure to that of the contestant with this name, at the same workload.
    def to_named(contestant, workload, name, figure = :cpu)
      other = contestants_of(workload).find { |one| one.name == name }
      ratio(median(contestant, workload, figure), median(other, workload, figure)) if other
    end

    # In all rounds of the open loop: how many of the requests had no good answer.
    def errors(contestant, workload)
      loads = @samples.fetch([contestant, workload], []).map(&:latencies)
      "#{loads.sum { |load| load.errors.values.sum }} of #{loads.sum(&:requests_in_all)}" unless loads.empty?
    end

    # What went wrong, in words, each said once.
    def troubles(contestant, workload)
      said = @samples.fetch([contestant, workload], []).map(&:trouble).reject { |trouble| trouble.to_s.empty? }
      failed = @failures.fetch([contestant, workload], []).uniq.map { |message| "FAILED: #{message}" }
      failed + said.first(1)
    end

    private

    def ratio(figure, other)
      figure / other if figure && other&.positive?
    end
  end
end
