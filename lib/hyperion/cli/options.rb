# frozen_string_literal: true

module Hyperion
  class CLI
    # A command line, read.
    #
    # @api private
    class Options
      # @return [String, nil] what is to be told instead of serving
      attr_reader :answer

      # @param arguments [Array<String>]
      # @return [Options]
      # @raise [OptionParser::ParseError, ArgumentError] naming what is wrong
      def self.parse(arguments)
        new.tap { |options| options.read(arguments.dup) }
      end

      def initialize
        @settings = {}
        @binds = []
      end

      # @param arguments [Array<String>]
      # @return [void]
      def read(arguments)
        files = parser.parse(arguments)
        raise ArgumentError, "one rackup file, not #{files.size}: #{files.join(' ')}" if files.size > 1

        @settings[:rackup] = files.first if files.any?
      end

      # @return [Hash{Symbol => Object}] of a {Configuration}; a port beside URIs is one address more
      def settings
        return @settings if @binds.empty?
        return @settings.merge(binds: @binds) unless @settings.key?(:host) || @settings.key?(:port)

        others, own = @settings.partition { |name, _value| !%i[host port].include?(name) }.map(&:to_h)
        { **others, binds: [*@binds, *Configuration.new(**own).binds] }
      end

      private

      def parser
        OptionParser.new do |opts|
          opts.banner = 'Usage: hyperion [config.ru] [options]'
          address_options(opts)
          crew_options(opts)
          opts.on('-h', '--help', 'show this') { @answer = opts.to_s }
          opts.on('-v', '--version', 'show the version') { @answer = "hyperion #{VERSION}" }
        end
      end

      def address_options(opts)
        opts.on('-b', '--bind URI', 'tcp://HOST:PORT or unix://PATH, or HOST; again for more (127.0.0.1)') do |to|
          bind(to)
        end
        opts.on('-p', '--port PORT', 'port to listen on; 0: any (default: 9292)') do |text|
          @settings[:port] = whole('-p', text)
        end
      end

      def crew_options(opts)
        opts.on('-t', '--threads MIN:MAX', 'threads for the application, or one number (default: 5)') do |text|
          least, most = text.split(':', 2).map { |part| whole('-t', part) }
          @settings[:threads] = least..(most || least)
        end
        opts.on('--loops N', 'event loops (default: 1)') { |text| @settings[:loops] = whole('--loops', text) }
      end

      def bind(text)
        return @settings[:host] = text unless text.include?('://')
        raise ArgumentError, "-b takes HOST or #{Bind::ACCEPTS}, not #{text}" unless Bind.valid?(text)

        @binds << text
      end

      def whole(option, text)
        Integer(text, 10)
      rescue ArgumentError
        raise ArgumentError, "#{option} takes a number, not #{text}"
      end
    end
  end
end
