# frozen_string_literal: true

module Hyperion
  module RackHandler
    # What a handler is given, read: rackup's and Rails's options, with names as Puma and WEBrick have them.
    #
    # Rails and rackup hand over their own defaults among the options. `user_supplied_options` names those that the user
    # gave; without it all are taken for the user's.
    #
    # @api private
    class Options
      # The options that are numbers, and the settings that they are.
      NUMBERS = { Port: :port, Loops: :loops }.freeze

      # @param options [Hash{Symbol => Object}]
      def initialize(options)
        @options = options.compact
        @user_supplied = @options[:user_supplied_options]
      end

      # @return [Hash{Symbol => Object}] of a {Server}
      # @raise [ArgumentError] for a value that makes no sense
      def settings
        { host: default_host }.merge(read(@options))
      end

      # @return [Hash{Symbol => Object}] those of the settings that the user asked for, not whoever called the handler:
      #   they win over a configuration that is found elsewhere
      # @raise [ArgumentError] for a value that makes no sense
      def user_settings
        read(@user_supplied ? @options.slice(*@user_supplied) : @options)
      end

      # @return [Boolean] whether the start-up line is not wanted
      def quiet?
        [@options[:Silent], @options[:quiet]].any? { |value| value && value.to_s != 'false' }
      end

      private

      def read(options)
        settings = {}
        settings[:host] = address(options[:Host]) if options.key?(:Host)
        settings[:early_hints] = true if options[:early_hints] == true
        settings[:threads] = threads(options[:Threads]) if options.key?(:Threads)
        NUMBERS.each { |name, setting| settings[setting] = whole(name, options[name]) if options.key?(name) }
        settings
      end

      # IPv6 addresses come with brackets, too.
      def address(host)
        host.to_s.delete_prefix('[').delete_suffix(']')
      end

      # `n`, or `min:max` as Puma's.
      def threads(value)
        least, most = value.to_s.split(':', 2).map { |part| whole(:Threads, part) }
        raise ArgumentError, "Threads must be a number, not #{value.inspect}" unless least

        least..(most || least)
      end

      def whole(name, value)
        Integer(value.to_s, 10)
      rescue ArgumentError
        raise ArgumentError, "#{name} must be a number, not #{value.inspect}"
      end

      def default_host
        environment = @options[:environment] || Configuration.environment
        environment.to_s == 'development' ? 'localhost' : '0.0.0.0'
      end
    end
  end
end
