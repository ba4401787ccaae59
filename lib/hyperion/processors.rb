# frozen_string_literal: true

require 'etc'

module Hyperion
  # How many processors this process may use: those that it may be scheduled on, less what its control group takes away.
  module Processors
    # A group's share of processor time: microseconds in each period, or `max`.
    QUOTA = %r{\A(?<quota>\d+) (?<period>\d+)\s*\z}
    private_constant :QUOTA

    module_function

    # @param root [String] where control groups (version 2) are mounted
    # @param memberships [String] the file that names this process's group
    # @return [Integer] at least 1; a share of 1.5 processors is 1
    def available(root: '/sys/fs/cgroup', memberships: '/proc/self/cgroup')
      [Etc.nprocessors, *quotas(root, memberships)].min.clamp(1, nil)
    end

    # Every group above has its say.
    def quotas(root, memberships)
      path = read(memberships)[/^0::(.*)$/, 1].to_s
      parts = path.split('/').reject { |part| ['', '..', '.'].include?(part) }
      (0..parts.size).filter_map do |depth|
        match = QUOTA.match(read(File.join(root, *parts.take(depth), 'cpu.max')))
        match && (match[:quota].to_i / match[:period].to_i)
      end
    end

    def read(path)
      File.read(path)
    rescue SystemCallError
      ''
    end

    private_class_method :quotas, :read
  end
end
