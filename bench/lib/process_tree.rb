# frozen_string_literal: true

require 'etc'

module Bench
  # A process and its descendants, as /proc shows them.
  class ProcessTree
    TICKS_PER_SECOND = Etc.sysconf(Etc::SC_CLK_TCK)
    # Places in /proc/PID/stat behind the command's name.
    PARENT = 1
    CHILDREN_TICKS = (13..14).freeze # user and system, of children that have ended
    PROCESS_CLOCK = 2 # with the complement of a process id above it: Linux' clock of its CPU time

    def initialize(pid)
      @pid = pid
    end

    # User and system time of all processes so far, children that have ended included; to the nanosecond, but for those.
    def cpu_seconds
      pids.sum { |pid| Process.clock_gettime((~pid << 3) | PROCESS_CLOCK) + children_seconds(pid) }
    end

    # Resident memory of all processes.
    def resident_mib
      pids.sum { |pid| File.read("/proc/#{pid}/status")[/^VmRSS:\s+(\d+)/, 1].to_i }.fdiv(1024)
    end

    private

    def children_seconds(pid)
      stat(pid)[CHILDREN_TICKS].sum(&:to_i).fdiv(TICKS_PER_SECOND)
    end

    def pids
      children = Dir.children('/proc').grep(/\A\d+\z/).map(&:to_i).group_by { |pid| parent_of(pid) }
      descend(@pid, children)
    end

    def descend(pid, children)
      [pid, *children.fetch(pid, []).flat_map { |child| descend(child, children) }]
    end

    def parent_of(pid)
      stat(pid)[PARENT].to_i
    rescue Errno::ENOENT, Errno::ESRCH
      nil
    end

    def stat(pid)
      File.read("/proc/#{pid}/stat").rpartition(') ').last.split
    end
  end
end
