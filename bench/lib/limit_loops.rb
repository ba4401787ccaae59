# frozen_string_literal: true

require_relative 'contestant'
require_relative '../contestants/limit'

module Bench
  # The limit with so many event loops in its process, on these cores, each with a listener of its own or all with the
  # same.
  class LimitLoops < Contestants::Limit
    attr_reader :loops, :cores

    def initialize(loops, cores: '0', shared: false)
      super()
      @loops = loops
      @cores = cores
      @shared = shared
    end

    def name
      "limit_#{@loops}#{'_shared' if @shared}"
    end

    def command(port)
      [program, port.to_s, @loops.to_s, *('shared' if @shared)]
    end
  end
end
