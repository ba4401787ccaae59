# frozen_string_literal: true

require_relative '../configuration/config_file'
require_relative '../configuration/stack'
require_relative 'client'
require_relative 'server'
require_relative 'state_file'

module Hyperion
  module Control
    # Where the process is that a command means: said on the command line, or in its state file, or in the configuration
    # file that it was started with.
    #
    # @api private
    class Whereabouts
      # Settings of the configuration file that tell.
      SETTINGS = %i[control_url control_token state_path pidfile].freeze

      # Any of these is enough to find it.
      PLACES = %i[control_url state_path pidfile pid].freeze
      private_constant :SETTINGS, :PLACES

      # @param said [Hash{Symbol => Object}] on the command line: `control_url`, `control_token`, `state_path`,
      #   `pidfile`, `pid`
      # @param file [String, nil] the configuration file; nil: the usual one, if it is there and nothing is said
      # @raise [Error, ArgumentError] when a file makes no sense
      def initialize(said, file: nil)
        @said = said
        @configured = file || (said.keys & PLACES).empty? ? configured(file) : {}
      end

      # @return [Client, nil] nil: no control server is known
      # @raise [ArgumentError]
      def client
        url = told(:control_url, 'control_url')
        url && url != Server::AUTO ? Client.new(url, token: told(:control_token, 'control_auth_token')) : nil
      end

      # @return [Integer, nil] nil: no process is known
      # @raise [Error] when its file cannot be read
      def pid
        pidfile = @said[:pidfile] || @configured[:pidfile]
        @said[:pid] || (@said[:pidfile].nil? && state['pid']) || (pidfile && pid_of(pidfile))
      end

      private

      # The state file knows better than the settings, which may leave the choice to the server.
      def told(name, of_state)
        @said[name] || state[of_state] || @configured[name]
      end

      def state
        path = @said[:state_path] || @configured[:state_path]
        @state ||= path ? StateFile.read(path) : {}
      end

      def pid_of(path)
        number = File.read(path).to_i
        raise Error, "#{path} has no process's number" unless number.positive?

        number
      rescue SystemCallError => e
        raise Error, "cannot read the file of the process's number: #{e.message}"
      end

      def configured(file)
        path = file || Configuration::ConfigFile.default(Configuration.environment)
        return {} unless path

        settings = Configuration::ConfigFile.layer(path).settings.slice(*SETTINGS, :directory).compact
        at = settings.delete(:directory)
        at ? settings.to_h { |name, value| [name, path?(name) ? File.expand_path(value, at) : value] } : settings
      end

      def path?(name)
        %i[state_path pidfile].include?(name)
      end
    end
  end
end
