# frozen_string_literal: true

require_relative '../hyperion'
require_relative 'banner'
require_relative 'signals'
require_relative 'rack_handler/options'

module Hyperion
  # What `rackup -s hyperion` and `rails server -u hyperion` run. `rackup/handler/hyperion` and, for Rack 2,
  # `rack/handler/hyperion` register a module that extends itself with this one.
  module RackHandler
    extend self

    # Serves an application until it is shut down. In a process's main thread, INT, TERM and QUIT shut it down, and a
    # port in use ends the process with a line that says so.
    #
    # @param app [#call] a Rack application
    # @param options [Hash{Symbol => Object}] see {#valid_options}; of those that Rails and rackup add, `environment`,
    #   `user_supplied_options`, `Silent` and `quiet` count; others are ignored
    # @yieldparam server [Server] before it listens
    # @return [nil]
    # @raise [ArgumentError] for a value that makes no sense
    def run(app, **options)
      options = Options.new(options)
      @server = server = Server.new(app: app, early_hints: false, **options.settings)
      yield server if block_given?
      return server.start unless Thread.current == Thread.main

      listen(server)
      Signals.draining(server) { server.start { |ready| Banner.show(ready, $stdout) unless options.quiet? } }
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

    def listen(server)
      server.listen
    rescue SystemCallError, SocketError => e
      abort "hyperion: cannot listen on #{server.url}: #{e.message}"
    end
  end
end
