# frozen_string_literal: true

require_relative 'hyperion_epoll'

module Bench
  # Hyperion on epoll with so many event loops in its process, on these cores.
  class HyperionLoops < HyperionEpoll
    attr_reader :loops, :cores

    def initialize(loops, cores = '0')
      super()
      @loops = loops
      @cores = cores
    end

    def name
      "loops_#{@loops}"
    end

    def environment
      super.merge('LOOPS' => @loops.to_s)
    end
  end
end
