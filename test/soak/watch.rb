# frozen_string_literal: true

module Soak
  # Looks at a process: its memory and its descriptors, over time.
  class Watch
    Look = Struct.new(:seconds, :resident_kib, :descriptors)

    attr_reader :looks

    def initialize(pid)
      @pid = pid
      @looks = []
      @began = now
    end

    def look
      resident = File.read("/proc/#{@pid}/status")[/^VmRSS:\s+(\d+)/, 1].to_i
      Look.new((now - @began).round, resident, Dir.children("/proc/#{@pid}/fd").size)
    end

    def run(seconds, every:)
      deadline = now + seconds
      while now < deadline
        @looks << look
        sleep [every, [deadline - now, 0].max].min
      end
    end

    # KiB by which the highest point of the last quarter lies above that of the second.
    def growth_kib
      quarter = [@looks.size / 4, 1].max
      @looks.last(quarter).map(&:resident_kib).max - (@looks[quarter, quarter] || @looks).map(&:resident_kib).max
    end

    private

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
