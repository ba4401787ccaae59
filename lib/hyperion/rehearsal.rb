# frozen_string_literal: true

require 'securerandom'

module Hyperion
  # Whether a command that is to replace this process can be run at all: a child runs it as far as it gets without
  # listening ({Launcher#run}), and says so. Only then is what serves given up for it.
  #
  # A thread waits for the child; signal handlers may make one.
  #
  # @api private
  class Rehearsal
    # What the child is to say when it has got that far.
    VARIABLE = 'HYPERION_REHEARSAL'

    # Bytes of what the child says that are kept.
    TOLD_BYTES_MAX = 65_536

    # How long a child that has got that far may take to end.
    END_SECONDS = 5
    private_constant :TOLD_BYTES_MAX

    # In the child, at the place that is to be reached.
    #
    # @param environment [Hash{String => String}, ENV] its variable is removed
    # @param output [IO]
    # @return [Boolean] whether this process is one: it is to end now
    # @yield before that is told, in a rehearsal
    def self.here(environment: ENV, output: $stdout)
      word = environment.delete(VARIABLE)
      return false unless word

      yield
      output.puts(word)
      output.flush
      true
    end

    # A command that was given, and not typed, may know nothing of rehearsals, and do at once what it does: it is taken
    # as it is.
    #
    # @param reexec [Reexec]
    # @param seconds [Numeric] for the child
    # @return [Rehearsal, nil] nil: there is none, and the block has been called
    # @yieldparam error [String, nil] as for {#initialize}
    def self.of(reexec, seconds:, &block)
      return new(reexec, seconds: seconds, &block) unless reexec.given?

      block.call(nil)
      nil
    end

    # @param reexec [Reexec]
    # @param seconds [Numeric] for the child
    # @yieldparam error [String, nil] why the command cannot be run; nil: it can be. In a thread of its own
    def initialize(reexec, seconds:, &block)
      @seconds = seconds
      @word = SecureRandom.hex
      @told = +''
      @output, theirs = IO.pipe
      @pid = reexec.spawn({ VARIABLE => @word }, in: File::NULL, out: theirs, err: theirs, pgroup: true)
      @thread = Thread.new { block.call(outcome) }
    rescue SystemCallError => e
      message = e.message
      @thread = Thread.new { block.call(message) }
    ensure
      theirs&.close
    end

    # @return [Boolean] whether the outcome is still open
    def under_way?
      @thread.alive?
    end

    # Ends the child, whatever it is at.
    #
    # @return [nil]
    def abandon
      @thread.kill
      kill if @pid
      nil
    end

    private

    def outcome
      Process.detach(@pid)
      in_time = read_until(Deadline.new(@seconds))
      kill unless in_time && (!succeeded? || read_until(Deadline.new(END_SECONDS)))
      return if succeeded?

      in_time ? reason : "it has not got ready in #{@seconds} seconds"
    end

    # Until the end, or the word that was not there before. False when the time is over.
    def read_until(deadline)
      before = succeeded?
      until !before && succeeded?
        return false unless @output.wait_readable(deadline.left)

        piece = @output.read_nonblock(4096, exception: false)
        return true if piece.nil?

        @told << piece if piece.is_a?(String) && @told.bytesize < TOLD_BYTES_MAX
      end
      true
    end

    def succeeded?
      @told.include?(@word)
    end

    def reason
      lines = @told.scrub.lines(chomp: true).reject(&:empty?)
      own = lines.find { |line| line.start_with?('hyperion: ') }
      own&.delete_prefix('hyperion: ') || lines.first || 'it has said nothing'
    end

    def kill
      Process.kill(:KILL, -@pid)
    rescue Errno::ESRCH, Errno::EPERM
      nil
    end
  end
end
