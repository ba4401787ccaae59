# frozen_string_literal: true

require_relative 'contestant'
require_relative '../contestants/limit'

module Bench
  # The limit with so many event loops in its process, on these cores.
  class LimitLoops < Contestants::Limit
    attr_reader :loops, :cores

    def initialize(loops, cores = '0')
      super()
      @loops = loops
      @cores = cores
    end

    def name
      "limit_#{@loops}"
    end

    def command(port)
      [program, port.to_s, @loops.to_s]
    end
  end
end
