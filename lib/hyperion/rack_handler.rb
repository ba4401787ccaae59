# frozen_string_literal: true

require_relative '../hyperion'
require_relative 'banner'
require_relative 'signals'

module Hyperion
  # What `rackup -s hyperion` runs. Registered by `rackup/handler/hyperion` and, for Rack 2, `rack/handler/hyperion`.
  module RackHandler
    # The options that are numbers, and the settings that they are.
    NUMBERS = { Port: :port, Loops: :loops }.freeze
    private_constant :NUMBERS

    module_function

    # Serves an application until it is shut down. In a process's main thread, INT and TERM shut it down, and a port
    # in use ends the process with a line that says so.
    #
    # @param app [#call] a Rack application
    # @param options [Hash{Symbol => Object}] see {.valid_options}; others are ignored
    # @yieldparam server [Server] before it listens
    # @return [nil]
    # @raise [ArgumentError] for a value that makes no sense
    def run(app, **options)
      @server = server = Server.new(app: app, **settings(options))
      yield server if block_given?
      return server.start unless Thread.current == Thread.main

      listen(server)
      Signals.draining(server) { server.start { |ready| Banner.show(ready, $stdout) } }
    end

    # Drains and ends the server that {.run} runs; harmless when there is none. Signal handlers may call it.
    #
    # @return [nil]
    def shutdown
      @server&.stop
    end

    # @return [Hash{String => String}] the options and what they mean, as `rackup -h` shows them
    def valid_options
      {
        'Host=HOST' => "address to listen on (default: #{default_host})",
        'Port=PORT' => 'port to listen on (default: 9292)',
        'Threads=N' => 'threads for the application; of MIN:MAX, MAX counts (default: 5)',
        'Loops=N' => 'event loops (default: 1)'
      }
    end

    # @!visibility private
    def settings(options)
      settings = { host: options[:Host] || default_host }
      settings[:thread_count] = whole(:Threads, options[:Threads].to_s.split(':').last) if options[:Threads]
      NUMBERS.each { |name, setting| settings[setting] = whole(name, options[name]) if options[name] }
      settings
    end

    # @!visibility private
    def default_host
      Configuration.environment == 'development' ? 'localhost' : '0.0.0.0'
    end

    # @!visibility private
    def whole(name, value)
      Integer(value.to_s, 10)
    rescue ArgumentError
      raise ArgumentError, "#{name} must be a number, not #{value.inspect}"
    end

    # @!visibility private
    def listen(server)
      server.listen
    rescue SystemCallError, SocketError => e
      abort "hyperion: cannot listen on #{server.url}: #{e.message}"
    end

    private_class_method :settings, :default_host, :whole, :listen
  end
end
