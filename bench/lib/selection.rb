# frozen_string_literal: true

require_relative 'contestant'
require_relative 'hyperion_server'
require_relative 'rails_server'
require_relative 'ruby_gem_server'

module Bench
  # The contestants that the command line names, or all; those which cannot run here are left out, aloud.
  class Selection
    # Of these contestants, those with one of these names, or all of them when there are no names.
    # Raises ArgumentError for a name that nobody has.
    def initialize(contestants, names)
      unknown = names - contestants.map(&:name)
      if unknown.any?
        raise ArgumentError, "no contestant #{unknown.join(', ')}; there are #{contestants.map(&:name).join(', ')}"
      end

      @chosen = names.empty? ? contestants : contestants.select { |contestant| names.include?(contestant.name) }
    end

    def present
      @chosen - absent.keys
    end

    # Why those are left out that are, by name.
    def left_out
      absent.transform_keys(&:name)
    end

    private

    def absent
      @absent ||= @chosen.to_h { |contestant| [contestant, contestant.obstacle] }.compact.each do |contestant, obstacle|
        warn "#{contestant.name} is left out: #{obstacle}"
      end
    end
  end
end
