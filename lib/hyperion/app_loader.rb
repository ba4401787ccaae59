# frozen_string_literal: true

module Hyperion
  # Loads the application that a configuration names.
  #
  # @api private
  class AppLoader
    # What is wrong with it, in one line.
    class Failure < Error; end

    # @param configuration [Configuration]
    def initialize(configuration)
      @configuration = configuration
    end

    # @return [#call] the application
    # @raise [Failure]
    def call
      @configuration.app || of_rackup(@configuration.rackup)
    end

    # @param path [String] of the rackup file, when that is the application
    # @return [void]
    # @raise [Failure] when it is not there; it is not loaded
    def check(path)
      return if @configuration.app || (File.file?(path) && File.readable?(path))

      raise Failure, "#{path} is not a file that can be read"
    end

    private

    def of_rackup(path)
      check(path)
      require 'rack'
      app, = Rack::Builder.parse_file(File.expand_path(path))
      app
    rescue StandardError, ScriptError => e
      raise if e.is_a?(Failure)

      raise Failure, "#{path}: #{e.message.lines.first.to_s.chomp} (#{e.class}) #{e.backtrace&.first}"
    end
  end
end
