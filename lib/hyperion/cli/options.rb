# frozen_string_literal: true

require_relative '../control/command'

module Hyperion
  class CLI
    # A command line, read. Its flags mean what Puma's of the same name do; those of {FLAGS} are one setting each.
    #
    # @api private
    class Options
      Words = Configuration::Words
      private_constant :Words

      # The setting, how its text is read (one of {Configuration::Words}; nil: it has none, and means true), and what
      # OptionParser needs.
      FLAGS = [
        [:port, :whole, '-p', '--port PORT', 'port to listen on; 0: any (default: 9292)'],
        [:threads, :threads, '-t', '--threads MIN:MAX', 'threads for the application, or one number (default: 5)'],
        [:workers, :workers, '-w', '--workers N', 'processes that serve; auto: one a processor (default: 0, this one)'],
        [:cluster_mode, :text, '--cluster-mode MODE', 'share or reuseport: how workers get connections (share)'],
        [:preload_app, nil, '--[no-]preload', 'load the application before workers are forked'],
        [:loops, :whole, '--loops N', 'event loops (default: 1)'],
        [:environment, :text, '-e', '--environment NAME', 'development, production and the like'],
        [:directory, :text, '--dir DIR', 'change to this directory first'],
        [:pidfile, :text, '--pidfile FILE', 'has the process\'s number while it runs'],
        [:tag, :text, '--tag NAME', 'is shown in the process\'s title'],
        [:restart_command, :text, '-R', '--restart-cmd CMD', 'what a restart executes (default: this command)'],
        [:shutdown_when_idle, :seconds, '--idle-timeout SECONDS', 'end when there was no connection for so long'],
        [:early_hints, nil, '--[no-]early-hints', 'let applications send 103 responses'],
        [:redirect_stdout, :text, '--redirect-stdout FILE', 'takes the output; opened anew on HUP'],
        [:redirect_stderr, :text, '--redirect-stderr FILE', 'takes the errors; opened anew on HUP'],
        [:redirect_append, nil, '--[no-]redirect-append', 'add to these files, which is the default'],
        [:control_url, :text, '--control-url URL', 'serve commands there: unix://PATH, tcp://HOST:PORT, or auto'],
        [:control_token, :text, '--control-token TOKEN', 'what those must know who command; none: nothing'],
        [:state_path, :text, '-S', '--state FILE', 'tells who the process is, and how it is commanded'],
        [:log_requests, nil, '--[no-]log-requests', 'a line for each request, to the output unless told where'],
        [:quiet, nil, '-q', '--[no-]quiet', 'no start-up line'],
        [:quiet, nil, '-s', '--silent', 'the same']
      ].freeze

      # To a process that runs already.
      COMMANDS = Control::Command::NAMES.keys.join(', ')
      private_constant :COMMANDS

      # What stands for no configuration file.
      NO_FILE = '-'

      # @return [Symbol] what is asked for: `run`, `check`, `print_config`, or `tell`
      attr_reader :action

      # @return [String, nil] what is to be told instead of serving
      attr_reader :answer

      # @return [Configuration::Layer] the settings
      attr_reader :layer

      # @return [Array<String>, nil] the configuration files that are named, perhaps none; nil: nothing was said
      attr_reader :files

      # @return [Array<String>] directories for `require`
      attr_reader :load_paths

      # @param arguments [Array<String>]
      # @return [Options]
      # @raise [OptionParser::ParseError, ArgumentError] naming what is wrong
      def self.parse(arguments)
        new.tap { |options| options.read(arguments.dup) }
      end

      def initialize
        @layer = Configuration::Layer.new
        @action = :run
        @load_paths = []
      end

      # @param arguments [Array<String>]
      # @return [void]
      def read(arguments)
        rest = parser.parse(arguments)
        raise ArgumentError, "one rackup file, not #{rest.size}: #{rest.join(' ')}" if rest.size > 1

        @layer.set(:rackup, rest.first, 'command line') if rest.any?
      end

      # @return [Hash{Symbol => Object}] of a {Configuration}; a port beside URIs is one address more
      def settings
        @layer.settings
      end

      private

      def parser
        OptionParser.new do |opts|
          opts.banner = "Usage: hyperion [config.ru] [options]\n       hyperion COMMAND [options]: #{COMMANDS}"
          opts.on('-b', '--bind URI', 'tcp://HOST:PORT or unix://PATH, or HOST; again for more (127.0.0.1)') do |to|
            bind(to)
          end
          FLAGS.each { |setting, kind, *definition| flag(opts, setting, kind, definition) }
          file_options(opts)
          action_options(opts)
        end
      end

      def flag(opts, setting, kind, definition)
        name = definition.first[/\A-\w\z|\A--[\w\[\]-]+/]
        opts.on(*definition) do |text|
          @layer.set(setting, kind ? Words.public_send(kind, name, text) : text, name)
        end
      end

      def file_options(opts)
        opts.on('-C', '--config FILE', 'settings; again for more; - for none (default: config/hyperion.rb)') do |path|
          @files ||= []
          path == NO_FILE ? @files.clear : @files << Words.text('-C', path)
        end
        opts.on('-I', '--include PATH', 'directories for require, with colons between them') do |paths|
          @load_paths.concat(paths.split(File::PATH_SEPARATOR))
        end
      end

      def action_options(opts)
        opts.on('--check', 'check the settings, and end') { @action = :check }
        opts.on('--print-config', 'tell the settings and where each comes from, and end') { @action = :print_config }
        opts.on('-h', '--help', 'show this') { tell(opts.to_s) }
        opts.on('-v', '-V', '--version', 'show the version') { tell("hyperion #{VERSION}") }
      end

      def tell(text)
        @action = :tell
        @answer = text
      end

      def bind(text)
        return host(text) unless text.include?('://')
        raise ArgumentError, "-b takes HOST or #{Bind::ACCEPTS}, not #{text}" unless Bind.valid?(text)

        @layer.bind(text, '-b')
      end

      def host(text)
        raise ArgumentError, "-b takes one HOST, not #{text} too; more are tcp://HOST:PORT" if @layer.key?(:host)

        @layer.set(:host, Words.text('-b', text), '-b')
      end
    end
  end
end
