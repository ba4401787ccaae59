# frozen_string_literal: true

module Hyperion
  class CLI
    # A command line, read.
    #
    # @api private
    class Options
      # @return [String] the rackup file
      attr_reader :rackup

      # @return [Hash{Symbol => Object}] of the server
      attr_reader :settings

      # @return [String, nil] what is to be told instead of serving
      attr_reader :answer

      # @param arguments [Array<String>]
      # @return [Options]
      # @raise [OptionParser::ParseError, ArgumentError] naming what is wrong
      def self.parse(arguments)
        new.tap { |options| options.read(arguments.dup) }
      end

      def initialize
        @rackup = 'config.ru'
        @settings = {}
      end

      # @param arguments [Array<String>]
      # @return [void]
      def read(arguments)
        files = parser.parse(arguments)
        raise ArgumentError, "one rackup file, not #{files.size}: #{files.join(' ')}" if files.size > 1

        @rackup = files.first if files.any?
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
        opts.on('-b', '--bind HOST', 'address to listen on, or tcp://HOST:PORT (default: 127.0.0.1)') do |text|
          bind(text)
        end
        opts.on('-p', '--port PORT', 'port to listen on; 0: any (default: 9292)') do |text|
          @settings[:port] = whole('-p', text)
        end
      end

      def crew_options(opts)
        opts.on('-t', '--threads N', 'threads for the application; of MIN:MAX, MAX counts (default: 5)') do |text|
          @settings[:thread_count] = text.split(':', 2).map { |part| whole('-t', part) }.last
        end
        opts.on('--loops N', 'event loops (default: 1)') { |text| @settings[:loops] = whole('--loops', text) }
      end

      def bind(text)
        return @settings[:host] = text unless text.include?('://')

        match = %r{\Atcp://(?:\[(?<v6>[^\]]+)\]|(?<name>[^:/]+)):(?<port>\d+)\z}.match(text)
        raise ArgumentError, "-b takes HOST or tcp://HOST:PORT, not #{text}" unless match

        @settings[:host] = match[:v6] || match[:name]
        @settings[:port] = whole('-b', match[:port])
      end

      def whole(option, text)
        Integer(text, 10)
      rescue ArgumentError
        raise ArgumentError, "#{option} takes a number, not #{text}"
      end
    end
  end
end
