# frozen_string_literal: true

require 'optparse'

require_relative 'launcher'
require_relative 'configuration/stack'
require_relative 'configuration/config_file'
require_relative 'configuration/printout'
require_relative 'cli/options'

module Hyperion
  # The `hyperion` command: reads the command line, the configuration file and the environment, of which the first ones
  # win, and has a {Launcher} do what they say. A command to a process that runs is {Control::Command}'s.
  #
  # @example
  #   exit Hyperion::CLI.new.run(%w[config.ru -p 3000])
  class CLI
    # Exit status for a command line, file or environment that makes no sense.
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
      return command(*arguments) if Control::Command::NAMES.key?(arguments.first)

      options = Options.parse(arguments)
      return tell(options.answer) if options.answer

      stack = stack(options)
      configuration = stack.configuration
      case options.action
      when :check then return check(configuration)
      when :print_config then return print_config(configuration, stack)
      end
    rescue OptionParser::ParseError, ArgumentError => e
      complain(e)
    else
      Launcher.new(configuration, stdout: @stdout, stderr: @stderr).run
    end

    private

    # To a process that runs already.
    def command(name, *arguments)
      Control::Command.new(name, stdout: @stdout, stderr: @stderr).run(arguments)
    end

    def stack(options)
      environment = Configuration::EnvironmentSettings.layer
      $LOAD_PATH.unshift(*options.load_paths)
      files = options.files || default_files(options.settings)
      files = files.map { |path| Configuration::ConfigFile.layer(path) }
      Configuration::Stack.new([options.layer, *files.reverse, environment, own_defaults])
    end

    def default_files(settings)
      environment = settings.fetch(:environment) { Configuration.environment }
      [Configuration::ConfigFile.default(environment, directory: settings[:directory])].compact
    end

    # What stands in front may not know early hints, and take them for the answer.
    def own_defaults
      Configuration::Layer.new.tap { |layer| layer.set(:early_hints, false, 'default') }
    end

    def check(configuration)
      directory = configuration.directory || '.'
      raise ArgumentError, "directory #{directory} is not there" unless File.directory?(directory)

      rackup = File.expand_path(configuration.rackup, directory)
      AppLoader.new(configuration).check(rackup)
      tell('the configuration is valid')
    rescue AppLoader::Failure => e
      complain(e)
    end

    def print_config(configuration, stack)
      tell(Configuration::Printout.new(configuration) { |name| stack.origin(name) }.to_s)
    end

    def tell(text)
      @stdout.puts(text)
      0
    end

    def complain(error)
      @stderr.puts("hyperion: #{error.message.lines.first.to_s.chomp}#{' (try --help)' unless of_file?(error)}")
      USAGE
    end

    def of_file?(error)
      error.is_a?(Configuration::ConfigFile::Failure) || error.is_a?(AppLoader::Failure)
    end
  end
end
