# frozen_string_literal: true

require_relative 'hyperion_epoll'

module Bench
  # Hyperion on epoll with so many event loops in its process, on these cores, each with a listener of its own or all
  # with the same.
  class HyperionLoops < HyperionEpoll
    attr_reader :loops, :cores

    def initialize(loops, cores: '0', shared: false)
      super()
      @loops = loops
      @cores = cores
      @shared = shared
    end

    def name
      "hyperion_#{@loops}#{'_shared' if @shared}"
    end

    def environment
      super.merge('LOOPS' => @loops.to_s, 'LISTENER' => @shared ? 'shared' : nil)
    end
  end
end
