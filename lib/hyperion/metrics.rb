# frozen_string_literal: true

require_relative 'metrics/families'
require_relative 'metrics/exposition'

module Hyperion
  # What a {Scoreboard} has, as Prometheus reads it: all workers together, those that are gone included, so that no
  # counter falls while the master lives. docs/metrics.md says what each name means.
  #
  # @example
  #   Hyperion::Metrics.text(server.scoreboard) # => "# HELP hyperion_requests_total ..."
  module Metrics
    # Of the text format's version 0.0.4.
    CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

    # @param scoreboard [Scoreboard]
    # @return [String] every metric, in the text format
    def self.text(scoreboard)
      families = Families.new(scoreboard.sum, scoreboard.workers)
      Exposition.new.tap { |exposition| families.each { |family| exposition.add(**family) } }.to_s
    end

    # @return [Array<String>] the names of all families
    def self.names
      Families::NAMES
    end
  end
end
