# frozen_string_literal: true

module Hyperion
  module RackHandler
    # What a handler is given, read: rackup's and Rails's options, with names as Puma and WEBrick have them.
    #
    # Rails and rackup hand over their own defaults among the options. `user_supplied_options` names those that the user
    # gave, which win over a configuration file, as this one wins over the others; without it all are taken for the
    # user's.
    #
    # @api private
    class Options
      # The options that are numbers, and the settings that they are.
      NUMBERS = { Port: :port, Loops: :loops }.freeze

      # What is told of where a setting comes from.
      ORIGIN = 'option'
      private_constant :ORIGIN

      # @param options [Hash{Symbol => Object}]
      def initialize(options)
        @options = options.compact
        @user_supplied = @options[:user_supplied_options]
      end

      # @return [Hash{Symbol => Object}] of a {Server}, whatever a configuration file says
      # @raise [ArgumentError] for a value that makes no sense
      def settings
        { host: default_host }.merge(read(@options))
      end

      # What a process is to do: as the user says, the configuration file, the environment, and whoever called the
      # handler, of which the first ones win.
      #
      # @param app [#call]
      # @param directory [String, nil] where the configuration file is looked for; nil: the present one
      # @return [Configuration]
      # @raise [Configuration::ConfigFile::Failure] for a file that cannot be read
      # @raise [ArgumentError] for a value that makes no sense
      def configuration(app, directory: nil)
        file = Configuration::ConfigFile.default(environment, directory: directory)
        file &&= Configuration::ConfigFile.layer(file)
        layers = [layer(users), file, Configuration::EnvironmentSettings.layer, layer(defaults)].compact
        settings = Configuration::Stack.new(layers).settings
        Configuration.new(**complete(settings), app: app, environment: environment)
      end

      # @return [Boolean] whether the start-up line is not wanted
      def quiet?
        [@options[:Silent], @options[:quiet]].any? { |value| value && value.to_s != 'false' }
      end

      private

      # ---- whose they are ----

      def users
        settings = read(@user_supplied ? @options.slice(*@user_supplied) : @options)
        quiet? ? { quiet: true, **settings } : settings
      end

      def defaults
        { early_hints: false, restart_command: @options[:restart_cmd], **settings }.compact
      end

      def layer(settings)
        Configuration::Layer.new.tap do |layer|
          settings.each { |name, value| layer.set(name, value, ORIGIN) }
        end
      end

      # Who says where to listen but half has the other half from the options, not from our own defaults.
      def complete(settings)
        settings.key?(:binds) ? settings : self.settings.slice(:host, :port).merge(settings)
      end

      # ---- what they say ----

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
        environment == 'development' ? 'localhost' : '0.0.0.0'
      end

      def environment
        (@options[:environment] || Configuration.environment).to_s
      end
    end
  end
end
