# frozen_string_literal: true

module Hyperion
  # What INT and TERM mean to a process that is a server: the first lets it drain, the second ends it at once.
  #
  # @api private
  module Signals
    # The signals that end a server.
    NAMES = %w[INT TERM].freeze

    module_function

    # @param server [Server]
    # @yield with the signals in this module's care; what they meant before comes back afterwards
    # @return what the block returns
    def draining(server)
      received = false
      previous = NAMES.to_h do |name|
        handler = Signal.trap(name) do
          exit_at_once(name) if received
          received = true
          server.stop
        end
        [name, handler]
      end
      yield
    ensure
      previous&.each { |name, handler| Signal.trap(name, handler || 'DEFAULT') }
    end

    # @!visibility private
    def exit_at_once(name)
      exit!(128 + Signal.list.fetch(name))
    end

    private_class_method :exit_at_once
  end
end
