# frozen_string_literal: true

require_relative '../hyperion'
require_relative 'configuration/config_file'
require_relative 'configuration/stack'
require_relative 'launcher'
require_relative 'rack_handler/options'

module Hyperion
  # What `rackup -s hyperion` and `rails server -u hyperion` run. `rackup/handler/hyperion` and, for Rack 2,
  # `rack/handler/hyperion` register a module that extends itself with this one.
  module RackHandler
    extend self

    # Serves an application until it is shut down.
    #
    # In a process's main thread it does what the command `hyperion` does, by a {Launcher}: a configuration file is
    # read, there may be workers, signals end the process or restart it, and what cannot be started ends it with a line
    # that says why. In any other thread it is a {Server} with these options, and nothing else.
    #
    # @param app [#call] a Rack application
    # @param options [Hash{Symbol => Object}] see {#valid_options}; of those that Rails and rackup add, `environment`,
    #   `early_hints`, `restart_cmd`, `user_supplied_options`, `Silent` and `quiet` count; others are ignored
    # @yieldparam server [Server, Cluster] that is about to serve
    # @return [nil]
    # @raise [ArgumentError] for an option that makes no sense
    def run(app, **options, &about)
      options = Options.new(options)
      return launch(options.configuration(app), &about) if Thread.current == Thread.main

      server = Server.new(app: app, early_hints: false, **options.settings)
      serving(server, &about)
      server.start
    rescue Configuration::ConfigFile::Failure => e
      abort "hyperion: #{e.message}"
    end

    # Drains and ends the server that {#run} runs; harmless when there is none. Signal handlers may call it.
    #
    # @return [nil]
    def shutdown
      @server&.stop
    end

    # @return [Hash{String => String}] the options and what they mean, as `rackup -h` shows them
    def valid_options
      {
        'Host=HOST' => "address to listen on (default: #{Options.new({}).settings[:host]})",
        'Port=PORT' => 'port to listen on (default: 9292)',
        'Threads=MIN:MAX' => 'threads for the application; N: always so many (default: 5)',
        'Loops=N' => 'event loops (default: 1)',
        'Silent' => 'do not tell that the server is there'
      }
    end

    private

    def launch(configuration, &about)
      status = Launcher.new(configuration).run { |server| serving(server, &about) }
      exit(status) unless status.zero?
    end

    def serving(server)
      @server = server
      yield server if block_given?
    end
  end
end
