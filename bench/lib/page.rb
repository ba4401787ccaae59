# frozen_string_literal: true

require 'fileutils'
require_relative 'bar_chart'
require_relative 'summary'
require_relative 'table'

module Bench
  # The page of a run, in Markdown, with a plot of CPU time and one of p99 for each workload beside it.
  class Page
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
      sections = @results.workloads.flat_map { |workload| section(workload) }
      [*head, *Summary.new(@results).lines, '', *sections].join("\n")
    end

    private

    def head
      ['# Results', '', 'Written by `bench/run`; how it measures, and what may be held against it, is told in',
       '[benchmarks.md](../benchmarks.md).', '', *@machine.to_s.lines(chomp: true).map { |line| "- #{line}" },
       "- #{@settings}", '', Table.row(%w[contestant version settings]), Table.rule(3, left: 3),
       *@results.contestants.map { |one| Table.row([one.name, one.version || '-', one.tuning]) }, '',
       *left_out]
    end

    def left_out
      return [] if @left_out.empty?

      [*@left_out.map { |name, why| "- **#{name} was not measured**: #{why}" }, '']
    end

    def section(workload)
      images = PLOTS.keys.filter_map { |figure| image(workload, figure) }
      ["## #{workload.name}", '', *Table.new(@results, workload).lines, '', *troubles(workload), *images, '']
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
