# frozen_string_literal: true

module Hyperion
  # What signals mean to a process that is a server.
  #
  # @api private
  module Signals
    # The signals that end a server: the first lets it drain, the second ends it at once.
    NAMES = %w[INT TERM QUIT].freeze

    module_function

    # @param server [Server, #stop]
    # @param others [Hash{String => #call}] what further signals do; one that this system does not have is passed over
    # @yield with the signals in this module's care; what they meant before comes back afterwards
    # @return what the block returns
    def draining(server, others = {}, &block)
      received = false
      ends = NAMES.to_h do |name|
        handler = lambda do
          exit_at_once(name) if received
          received = true
          server.stop
        end
        [name, handler]
      end
      trapping(others.slice(*Signal.list.keys).merge(ends), &block)
    end

    # @!visibility private
    def trapping(handlers)
      previous = handlers.to_h { |name, handler| [name, Signal.trap(name) { handler.call }] }
      yield
    ensure
      previous&.each { |name, handler| Signal.trap(name, handler || 'DEFAULT') }
    end

    # @!visibility private
    def exit_at_once(name)
      exit!(128 + Signal.list.fetch(name))
    end

    private_class_method :trapping, :exit_at_once
  end
end
