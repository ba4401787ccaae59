# frozen_string_literal: true

require_relative 'request_parts'
require_relative 'table'

module Bench
  # The tables of a profile in Markdown: a column for each contestant at each of its workloads.
  class ProfilePage
    RARE = 0.005 # calls for an answer that are not told one by one

    # Both: figures for an answer, by what they are of, by the name of the column.
    def initialize(system_calls, instructions)
      @system_calls = system_calls
      @instructions = instructions
    end

    def to_s
      [*table('system calls', @system_calls, often_called, 2), '',
       *table('instructions', @instructions, parts, 0)].join("\n")
    end

    private

    # The most frequent first.
    def often_called
      names = @system_calls.values.flat_map(&:keys).uniq
      most = names.to_h { |name| [name, @system_calls.values.map { |calls| calls.fetch(name, 0) }.max] }
      most.select { |_, count| count >= RARE }.sort_by { |name, count| [-count, name] }.map(&:first)
    end

    def parts
      [*RequestParts::PARTS.keys, RequestParts::REST]
    end

    def table(what, columns, names, digits)
      rows = names.map { |name| row(name, columns.values.map { |figures| figures.fetch(name, 0) }, digits) }
      [Table.row([what, *columns.keys]), Table.rule(columns.size + 1), *rows,
       row('all', columns.values.map { |figures| figures.values.sum }, digits)]
    end

    def row(name, figures, digits)
      Table.row([name, *figures.map { |figure| format("%.#{digits}f", figure) }])
    end
  end
end
