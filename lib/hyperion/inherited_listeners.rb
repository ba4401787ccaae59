# frozen_string_literal: true

require 'json'

module Hyperion
  # Listening sockets that this process was started with: from the process that it replaces ({Reexec}), or from a
  # service manager, which gives descriptors from 3 on and says so in `LISTEN_FDS` and `LISTEN_PID`.
  #
  # In the process: read once, by {Launcher}. The variables are removed, so that no child takes them for its own.
  module InheritedListeners
    # `{"pid": 123, "sockets": [["tcp://127.0.0.1:0", [7, 8]]]}`: what a restart hands over, and to whom.
    VARIABLE = 'HYPERION_LISTEN_FDS'

    # The service manager's.
    MANAGER_VARIABLES = %w[LISTEN_FDS LISTEN_PID LISTEN_FDNAMES].freeze

    # The first descriptor that a service manager hands over.
    FIRST = 3

    module_function

    # @param count [Integer] loops for each address
    # @param environment [Hash{String => String}, ENV] its variables are removed
    # @return [Listener, nil] nil: there are none for this process
    # @raise [Error] for a descriptor that is no listening socket
    def take(count: 1, environment: ENV)
      groups = of_restart(environment) + of_manager(environment)
      [VARIABLE, *MANAGER_VARIABLES].each { |name| environment.delete(name) }
      groups.map { |asked, descriptors| Listener.from_fds(descriptors, count: count, asked: asked) }.reduce(:+)
    end

    # @param listener [Listener]
    # @param pid [Integer] of the process that is to have the sockets
    # @return [Array(Hash{String => String}, Hash{Integer => Integer})] what its environment and the options of its
    #   `exec` or `spawn` must have
    def hand_over(listener, pid: Process.pid)
      groups = listener.endpoints.map { |endpoint| [endpoint.asked, endpoint.sockets.map(&:fileno)] }
      [{ VARIABLE => JSON.generate(pid: pid, sockets: groups) }, groups.flat_map(&:last).to_h { |fd| [fd, fd] }]
    end

    # @!visibility private
    def of_restart(environment)
      told = JSON.parse(environment[VARIABLE] || '{}')
      told.is_a?(Hash) && told['pid'] == Process.pid ? told['sockets'] : []
    rescue JSON::ParserError
      []
    end

    # @!visibility private
    def of_manager(environment)
      return [] unless environment['LISTEN_PID'].to_i == Process.pid

      descriptors = Array.new(environment['LISTEN_FDS'].to_i.clamp(0, Listener::LOOPS_MAX)) { |index| FIRST + index }
      descriptors.empty? ? [] : [[nil, descriptors]]
    end

    private_class_method :of_restart, :of_manager
  end
end
