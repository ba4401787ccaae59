# frozen_string_literal: true

require 'optparse'

require_relative 'launcher'
require_relative 'cli/options'

module Hyperion
  # The `hyperion` command: reads the command line, and has a {Launcher} do what it says.
  #
  # @example
  #   exit Hyperion::CLI.new.run(%w[config.ru -p 3000])
  class CLI
    # Exit status for a command line that makes no sense.
    USAGE = 64

    # Exit status for what else goes wrong.
    FAILURE = Launcher::FAILURE

    # @param stdout [IO]
    # @param stderr [IO]
    def initialize(stdout: $stdout, stderr: $stderr)
      @stdout = stdout
      @stderr = stderr
    end

    # @param arguments [Array<String>] the command line
    # @return [Integer] the exit status: 0 after a drain, {USAGE} or {FAILURE}
    def run(arguments)
      options = Options.parse(arguments)
      return tell(options.answer) if options.answer

      configuration = Configuration.new(**options.settings)
    rescue OptionParser::ParseError, ArgumentError => e
      complain(e)
    else
      Launcher.new(configuration, stdout: @stdout, stderr: @stderr).run
    end

    private

    def tell(text)
      @stdout.puts(text)
      0
    end

    def complain(error)
      @stderr.puts("hyperion: #{error.message.lines.first.to_s.chomp} (try --help)")
      USAGE
    end
  end
end
