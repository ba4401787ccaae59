# frozen_string_literal: true

require_relative 'failure'

module Bench
  # Counts the system calls of a process that runs, in all its threads, from here until `stop`.
  class Strace
    ROW = /\A\s*[\d.]+\s+[\d.]+\s+\d+\s+(?<calls>\d+)\s+(?:\d+\s+)?(?<name>\w+)\s*\z/

    def self.available?
      system('strace', '-V', %i[out err] => File::NULL) ? true : false
    end

    # How often each was called, by name, from what strace -c prints.
    def self.counts(summary)
      rows = summary.lines.filter_map { |line| line.match(ROW) }
      rows.to_h { |row| [row[:name], Integer(row[:calls])] }.reject { |name, _| name == 'total' }
    end

    # Returns when it is attached; raises Failure.
    def initialize(pid)
      @output = IO.popen(['strace', '-f', '-c', '-p', pid.to_s], err: %i[child out])
      said = @output.gets
      raise Failure, "strace: #{said}" unless said&.include?('attached')
    end

    def stop
      Process.kill(:INT, @output.pid)
      self.class.counts(@output.read)
    ensure
      @output.close
    end
  end
end
