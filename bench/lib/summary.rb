# frozen_string_literal: true

require_relative 'table'

module Bench
  # Ours beside the limit and the peers in one table in Markdown: ratios of CPU time, and of p99 where no other is
  # measured.
  class Summary
    PEERS = { 'nginx' => %w[nginx], 'Iodine' => %w[iodine], 'Puma' => %w[puma rails_puma] }.freeze
    OURS = 2
    HEAD = ['workload', 'contestant', 'CPU µs/request', '× limit', *PEERS.keys.map { |peer| "× #{peer}" },
            '× best peer', 'p99 ms', 'p99 × best peer'].freeze

    def initialize(results)
      @results = results
    end

    def lines
      ['## Hyperion beside the others', '', Table.row(HEAD), Table.rule(HEAD.size, left: 2), *rows]
    end

    private

    def rows
      @results.workloads.flat_map do |workload|
        ours = @results.contestants_of(workload).select { |contestant| contestant.place == OURS }
        ours.map { |contestant| Table.row([workload.name, contestant.name, *figures(contestant, workload)]) }
      end
    end

    def figures(*key)
      peers = PEERS.values.map { |names| names.filter_map { |name| @results.to_named(*key, name) }.first }
      all = [@results.median(*key, :cpu), @results.to_limit(*key), *peers, @results.to_best_peer(*key),
             @results.median(*key, :p99), @results.to_best_peer(*key, :p99)]
      all.map { |value| value ? format('%.2f', value) : '-' }
    end
  end
end
