# frozen_string_literal: true

require 'etc'

require_relative 'stop_signal'

module Hyperion
  # What a process tells of itself in a {Scoreboard}: its memory and its garbage collector. Nobody else can see them,
  # so a worker tells them every second; a server that keeps its own board tells them when it is asked.
  class Vitals
    # Between two accounts.
    SECONDS = 1.0

    # Where Linux tells the pages that are resident, and how large one is.
    STATM = '/proc/self/statm'
    PAGE_BYTES = Etc.sysconf(Etc::SC_PAGESIZE)
    private_constant :STATM, :PAGE_BYTES

    # @return [Integer] resident memory of this process; 0 where there is no /proc
    def self.resident_bytes
      File.read(STATM).split[1].to_i * PAGE_BYTES
    rescue SystemCallError
      0
    end

    # @param scoreboard [Scoreboard]
    # @param max_threads [Integer] that run the application
    def initialize(scoreboard, max_threads:)
      @scoreboard = scoreboard
      @max_threads = max_threads
      @stopping = nil
    end

    # @return [self]
    # @raise [Error] when this process has not entered the scoreboard
    def tell
      @scoreboard.tell({ max_threads: @max_threads, resident_bytes: self.class.resident_bytes, **collector })
      self
    end

    # Tells every {SECONDS}, in a thread of its own, until {#stop}.
    #
    # @return [self]
    def start
      tell
      @stopping = stopping = StopSignal.new
      @thread = Thread.new do
        Thread.current.name = 'hyperion vitals'
        tell until IO.select([stopping], nil, nil, SECONDS)
      end
      self
    end

    # @return [nil]
    def stop
      return unless @stopping

      @stopping.set
      @thread.join
      @stopping.close
      @stopping = nil
    end

    private

    def collector
      stat = GC.stat
      { gc_runs: stat[:count], gc_major_runs: stat[:major_gc_count], gc_msec: stat.fetch(:time, 0),
        allocated_objects: stat[:total_allocated_objects], live_objects: stat[:heap_live_slots] }
    end
  end
end
