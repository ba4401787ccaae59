# frozen_string_literal: true

module Hyperion
  class Cluster
    # Signals as bytes in a pipe: a handler writes one and does nothing else, the master's loop reads them one after
    # the other. Other threads ask for the same things by {#push}.
    #
    # @api private
    class SignalPipe
      # Of the platform's signals, those that mean something to a master.
      NAMES = %w[INT TERM QUIT HUP USR1 USR2 TTIN TTOU PWR INFO CHLD].select { |name| Signal.list.key?(name) }.freeze

      # What else may be pushed: there is no signal for the end at once, and none for what a rehearsal has allowed.
      WORDS = [*NAMES, 'HALT', 'ANEW'].freeze

      def initialize
        @reader, @writer = IO.pipe
        @previous = {}
        @process = Process.pid
      end

      # @return [IO] readable when something is there
      def to_io
        @reader
      end

      # @return [nil]
      def install
        NAMES.each do |name|
          previous = Signal.trap(name) { push(name) }
          @previous[name] ||= previous
        end
        nil
      end

      # For the time in which the process executes itself anew and has no handlers: signals whose meaning is not the
      # end would otherwise be the end.
      #
      # @return [nil]
      def ignore
        (NAMES - %w[INT TERM QUIT CHLD]).each { |name| Signal.trap(name, 'IGNORE') }
      end

      # @param name [String] one of {WORDS}
      # @return [nil]
      def push(name)
        @writer.write_nonblock(WORDS.index(name).chr, exception: false) if @process == Process.pid
        nil
      rescue IOError
        nil # the master has ended
      end

      # @return [Array<String>] names, in the order in which they came
      def take
        bytes = @reader.read_nonblock(1024, exception: false)
        bytes.is_a?(String) ? bytes.bytes.map { |byte| WORDS.fetch(byte) } : []
      end

      # What signals meant before comes back.
      #
      # @return [nil]
      def restore
        @previous.each { |name, handler| Signal.trap(name, handler || 'DEFAULT') }
        @previous.clear
        nil
      end

      # @return [nil]
      def close
        @reader.close
        @writer.close
        nil
      end
    end
  end
end
