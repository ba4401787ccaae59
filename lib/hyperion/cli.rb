# frozen_string_literal: true

require 'optparse'

require_relative '../hyperion'
require_relative 'banner'
require_relative 'signals'
require_relative 'cli/options'

module Hyperion
  # The `hyperion` command: loads a rackup file and serves it, until INT or TERM.
  #
  # @example
  #   exit Hyperion::CLI.new.run(%w[config.ru -p 3000])
  class CLI
    # Exit status for a command line that makes no sense.
    USAGE = 64

    # Exit status for what else goes wrong.
    FAILURE = 1

    # What is told in one line.
    class Failure < Error; end
    private_constant :Failure

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

      serve(options)
      0
    rescue OptionParser::ParseError, ArgumentError => e
      complain("#{e.message} (try --help)", USAGE)
    rescue Failure => e
      complain(e.message, FAILURE)
    end

    private

    def tell(text)
      @stdout.puts(text)
      0
    end

    def complain(message, status)
      @stderr.puts("hyperion: #{message.lines.first.to_s.chomp}")
      status
    end

    def serve(options)
      configuration = Configuration.new(**options.settings)
      server = Server.new(app: load_app(options.rackup), **options.settings)
      listen(server, configuration)
      Signals.draining(server) do
        server.start { |ready| Banner.show(ready, @stdout) }
      end
    end

    def load_app(path)
      raise Failure, "#{path} is not a file that can be read" unless File.file?(path) && File.readable?(path)

      require 'rack'
      app, = Rack::Builder.parse_file(File.expand_path(path))
      app
    rescue StandardError, ScriptError => e
      raise if e.is_a?(Failure)

      raise Failure, "#{path}: #{e.message.lines.first.to_s.chomp} (#{e.class}) #{e.backtrace&.first}"
    end

    def listen(server, configuration)
      server.listen
    rescue SystemCallError, SocketError => e
      raise Failure, "cannot listen on #{configuration.host}:#{configuration.port}: #{e.message}"
    end
  end
end
