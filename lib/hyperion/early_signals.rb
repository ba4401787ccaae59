# frozen_string_literal: true

module Hyperion
  # Signals that come before anybody can do what they mean: while the application is loaded, which may take a minute.
  # Those that mean the end are it at once, since nothing is in flight; the others wait until the process serves.
  #
  # In the process: the {Launcher}'s, around everything; who serves puts its own handlers in the place of these.
  #
  # @api private
  class EarlySignals
    # Of the platform's, those that are kept.
    KEPT = %w[HUP USR1 USR2 TTIN TTOU PWR INFO].select { |name| Signal.list.key?(name) }.freeze

    # Takes care of signals while the block runs. What they meant before comes back afterwards.
    #
    # @yieldparam signals [EarlySignals]
    # @return what the block returns
    def self.during
      signals = new
      yield signals
    ensure
      signals&.restore
    end

    def initialize
      @kept = []
      @previous = {}
      Signals::NAMES.each { |name| trap(name) { exit(0) } }
      KEPT.each { |name| trap(name) { @kept << name } }
    end

    # To whoever has handlers by now. Each kind comes once.
    #
    # @return [nil]
    def release
      @kept.uniq.each { |name| Process.kill(name, Process.pid) }
      @kept.clear
      nil
    end

    # For the time in which the process executes itself anew and has no handlers: signals whose meaning is not the
    # end would otherwise be the end.
    #
    # @return [nil]
    def ignore
      KEPT.each { |name| trap(name, 'IGNORE') }
      nil
    end

    # @return [nil]
    def restore
      @previous.each { |name, handler| Signal.trap(name, handler || 'DEFAULT') }
      nil
    end

    private

    def trap(name, ...)
      previous = Signal.trap(name, ...)
      @previous[name] = previous unless @previous.key?(name)
    end
  end
end
