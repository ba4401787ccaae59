# frozen_string_literal: true

require 'json'
require 'open3'
require_relative 'failure'
require_relative 'server_process'
require_relative 'trial'

module Bench
  # A contestant that is no server and tells its own figures.
  class BareTrial
    def initialize(contestant, seconds:)
      @contestant = contestant
      @seconds = seconds
    end

    # Answers a sample as a server's trial does.
    def run
      output, status = Open3.capture2e(@contestant.environment, 'taskset', '-c', @contestant.cores,
                                       *@contestant.measuring_command(@seconds))
      raise Failure, "#{@contestant.name} failed: #{output}" unless status.success?

      figures = JSON.parse(output.lines.last, symbolize_names: true)
      latencies = LoadGenerator::Result.new(**figures.slice(:per_second, :p50, :p99, :p999))
      Trial::Sample.new(**figures.slice(:cpu, :per_second), latencies: latencies)
    end
  end
end
