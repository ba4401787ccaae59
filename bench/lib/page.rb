# frozen_string_literal: true

require 'fileutils'
require_relative 'bar_chart'

module Bench
  # The page of a run, in Markdown, with a plot of CPU time and one of p99 for each workload beside it.
  class Page
    HEAD = ['contestant', 'CPU µs/request', '× limit', '× best peer', 'requests/s', 'p50 ms', 'p99 ms', 'p99.9 ms',
            'RSS MiB'].freeze
    PLOTS = { cpu: 'CPU µs per request', p99: 'p99 in ms' }.freeze
    OURS = 2

    # left_out: why contestants are not on the page, by name.
    def initialize(results, machine:, settings:, left_out:)
      @results = results
      @machine = machine
      @settings = settings
      @left_out = left_out
    end

    def write(directory)
      FileUtils.mkdir_p(directory)
      Dir.glob(File.join(directory, '*.svg')).each { |file| File.delete(file) }
      plots.each { |name, chart| File.write(File.join(directory, name), chart.to_s) }
      File.write(File.join(directory, 'README.md'), to_s)
    end

    def to_s
      [*head, *@results.workloads.flat_map { |workload| section(workload) }].join("\n")
    end

    private

    def head
      ['# Results', '', 'Written by `bench/run`; how it measures, and what may be held against it, is told in',
       '[benchmarks.md](../benchmarks.md).', '', *@machine.to_s.lines(chomp: true).map { |line| "- #{line}" },
       "- #{@settings}", '', '| contestant | version | settings |', '|---|---|---|',
       *@results.contestants.map { |one| "| #{one.name} | #{one.version || '-'} | #{one.tuning} |" }, '',
       *@left_out.map { |name, why| "- **#{name} was not measured**: #{why}" }, '']
    end

    def section(workload)
      ["## #{workload.name}", '', row(HEAD), row(HEAD.map.with_index { |_, index| index.zero? ? '---' : '---:' }),
       *@results.contestants_of(workload).map { |contestant| row(cells(contestant, workload)) }, '',
       *troubles(workload), *PLOTS.keys.filter_map { |figure| image(workload, figure) }, '']
    end

    def row(cells)
      "| #{cells.join(' | ')} |"
    end

    def cells(contestant, workload)
      figure = ->(name, digits) { number(@results.median(contestant, workload, name), digits) }
      [contestant.name, figure[:cpu, 2], number(@results.to_limit(contestant, workload), 2),
       number(@results.to_best_peer(contestant, workload), 2), figure[:per_second, 0], figure[:p50, 3],
       figure[:p99, 3], figure[:p999, 3], figure[:resident_mib, 1]]
    end

    def number(value, digits)
      value ? format("%.#{digits}f", value) : '-'
    end

    def troubles(workload)
      lines = @results.contestants_of(workload).flat_map do |contestant|
        @results.troubles(contestant, workload).map { |trouble| "- **#{contestant.name}**: #{trouble}" }
      end
      lines.empty? ? [] : [*lines, '']
    end

    def plots
      @results.workloads.flat_map do |workload|
        PLOTS.filter_map { |figure, title| plot(workload, figure, title) }
      end
    end

    def plot(workload, figure, title)
      rows = @results.contestants_of(workload).filter_map do |contestant|
        value = @results.median(contestant, workload, figure)
        [contestant.name, value, contestant.place == OURS] if value
      end
      [file_name(workload, figure), BarChart.new("#{workload.name}: #{title}", rows)] unless rows.empty?
    end

    def image(workload, figure)
      "![#{workload.name}: #{PLOTS[figure]}](#{file_name(workload, figure)})" if plot(workload, figure, '')
    end

    def file_name(workload, figure)
      "#{workload.name.downcase.gsub(/[^a-z0-9]+/, '-')}-#{figure}.svg"
    end
  end
end
