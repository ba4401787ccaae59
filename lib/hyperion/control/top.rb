# frozen_string_literal: true

require 'io/console'

require_relative 'client'
require_relative 'difference'
require_relative 'sample'
require_relative 'top_view'
require_relative '../stop_signal'

module Hyperion
  module Control
    # `hyperion top`: looks at a process again and again, and shows each time what has happened since. On a terminal it
    # has the screen for itself until `q` is typed; elsewhere each look is a paragraph.
    #
    # A process that does not answer, as in a restart, is looked for until it does.
    #
    # @api private
    class Top
      # Between two looks, in seconds.
      INTERVAL = 1.0

      ENTER = "\e[?1049h\e[?25l"
      LEAVE = "\e[?25h\e[?1049l"
      HOME = "\e[H"
      END_OF_LINE = "\e[K"
      END_OF_SCREEN = "\e[J"
      private_constant :ENTER, :LEAVE, :HOME, :END_OF_LINE, :END_OF_SCREEN

      # What ends it.
      QUIT = ['q', 'Q', "\u0003", "\u0004"].freeze

      # Columns where there is no terminal.
      WIDTH = 120

      # Lines there.
      HEIGHT = 10_000

      # @param client [Client]
      # @param stdout [IO]
      # @param stdin [IO] from which keys come
      # @param interval [Numeric] seconds between two looks
      # @param count [Integer, nil] looks; nil: until it is stopped
      def initialize(client, stdout: $stdout, stdin: $stdin, interval: INTERVAL, count: nil)
        @client = client
        @stdout = stdout
        @stdin = stdin
        @interval = interval
        @count = count
        @terminal = stdout.tty?
        @stop = StopSignal.new
      end

      # @return [Integer] the exit status, 0
      # @raise [Error] when the first look meets no answer
      def run
        @before = nil
        now = Sample.take(@client)
        on_terminal { watch(now) }
        0
      ensure
        @stop.close
      end

      private

      def watch(sample)
        @stdin.raw!(intr: true) if keys?
        looks = 0
        loop do
          show(sample)
          break if (looks += 1) == @count || stopped?

          @before = sample || @before
          sample = look
        end
      end

      # nil: there was no answer.
      def look
        Sample.take(@client)
      rescue Error => e
        @trouble = e.message
        nil
      end

      # Whether it was stopped before it was time for the next look.
      def stopped?
        deadline = Deadline.new(@interval)
        until deadline.left.zero?
          readable, = IO.select([@stop, (@stdin if keys?)].compact, nil, nil, deadline.left)
          return true if readable&.include?(@stop) || (readable && quit?)
        end
        @stop.set?
      end

      def quit?
        key = @stdin.read_nonblock(1, exception: false)
        key.nil? || QUIT.include?(key)
      end

      def keys?
        @terminal && @stdin.tty?
      end

      def show(sample)
        height, width = @terminal ? @stdout.winsize : [HEIGHT, WIDTH]
        lines = sample ? frame(sample, width, height) : [@trouble[0, width]]
        @stdout.write(@terminal ? screen(lines) : "#{lines.join("\n")}\n\n")
        @stdout.flush
      end

      def frame(sample, width, height)
        TopView.new(width: width, height: height).lines(Difference.new(sample, @before), url: @client.url)
      end

      def screen(lines)
        "#{HOME}#{lines.map { |line| "#{line}#{END_OF_LINE}" }.join("\r\n")}#{END_OF_SCREEN}"
      end

      # The terminal is left as it was found, also after INT.
      def on_terminal
        mode = @stdin.console_mode if keys?
        previous = Signal.trap('INT') { @stop.set }
        @stdout.write(ENTER) if @terminal
        yield
      ensure
        Signal.trap('INT', previous || 'DEFAULT')
        @stdin.console_mode = mode if mode
        @stdout.write(LEAVE) if @terminal
      end
    end
  end
end
