# frozen_string_literal: true

require 'time'

module Hyperion
  class Cluster
    # A cluster's figures as Puma's `stats` has them.
    #
    # @api private
    class Report
      # @param parts [Parts]
      # @param started_at [Time]
      def initialize(parts, started_at:)
        @fleet = parts.fleet
        @generation = parts.generations.current.generation
        @restarts = parts.scoreboard.restarts
        @started_at = started_at
      end

      # @return [Hash{Symbol => Object}]
      def to_h
        present = @fleet.slots.filter_map { |slot| slot.serving || slot.coming }
        { started_at: @started_at.utc.iso8601, pid: Process.pid, workers: @fleet.slots.size, phase: @generation,
          booted_workers: @fleet.slots.count(&:serving), old_workers: present.count { |handle| old?(handle) },
          restarts: @restarts, worker_status: present.map { |handle| status_of(handle) },
          versions: { hyperion: VERSION, ruby: ruby } }
      end

      private

      def ruby
        { engine: RUBY_ENGINE, version: RUBY_VERSION, patchlevel: RUBY_PATCHLEVEL }
      end

      def old?(handle)
        handle.generation < @generation
      end

      def status_of(handle)
        { started_at: handle.started_at.utc.iso8601, pid: handle.pid, index: handle.index, phase: handle.generation,
          booted: handle.state == :serving, last_checkin: handle.checked_at.utc.iso8601, last_status: handle.stats }
      end
    end
  end
end
