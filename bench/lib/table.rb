# frozen_string_literal: true

module Bench
  # One workload's table in Markdown, a row for each contestant.
  class Table
    # A title and where its figure comes from: a question to the results, what else it is asked with, and digits.
    Column = Struct.new(:title, :question, :rest, :digits) do
      def text(results, contestant, workload)
        value = results.public_send(question, contestant, workload, *rest)
        value.is_a?(Numeric) ? format("%.#{digits}f", value) : value || '-'
      end
    end

    median = ->(title, figure, digits) { Column.new(title, :median, [figure], digits) }
    cost = median['CPU µs/request', :cpu, 2]
    pace = median['requests/s', :per_second, 0]
    latencies = [median['p50 ms', :p50, 3], median['p99 ms', :p99, 3], median['p99.9 ms', :p999, 3]]
    memory = median['RSS MiB', :resident_mib, 1]

    LAYOUTS = {
      costs: [cost, Column.new('× limit', :to_limit, [], 2), Column.new('× best peer', :to_best_peer, [], 2), pace,
              *latencies, memory],
      sleep: [pace, Column.new('× bare threads', :to_named, ['bare_threads', :per_second], 3),
              Column.new('× Puma', :to_named, ['puma', :per_second], 3), *latencies, cost, memory],
      mixed: [median['fast: p50 ms', :p50, 3], median['fast: p99 ms', :p99, 3],
              Column.new('× best peer', :to_best_peer, [:p99], 2), median['slow: p50 ms', :others_p50, 3],
              median['slow: p99 ms', :others_p99, 3], median['requests/s', :achieved, 1],
              Column.new('errors', :errors, [], 0)]
    }.freeze

    def self.row(cells)
      "| #{cells.join(' | ')} |"
    end

    # The line below a head: so many columns to the left, the others to the right.
    def self.rule(columns, left: 1)
      row([*Array.new(left, '---'), *Array.new(columns - left, '---:')])
    end

    def initialize(results, workload)
      @results = results
      @workload = workload
      @columns = LAYOUTS.fetch(workload.layout)
    end

    def lines
      [self.class.row(['contestant', *@columns.map(&:title)]), self.class.rule(@columns.size + 1),
       *@results.contestants_of(@workload).map { |contestant| self.class.row([contestant.name, *cells(contestant)]) }]
    end

    private

    def cells(contestant)
      @columns.map { |column| column.text(@results, contestant, @workload) }
    end
  end
end
