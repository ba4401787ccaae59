# frozen_string_literal: true

require 'tmpdir'

module Hyperion
  # Every setting of a server, validated once. Beside the two knobs of {Server::ConnectionLoop}, the only reader of the
  # environment.
  #
  # A limit or time-out that is nil has the engine's default; a time-out of 0 never expires.
  #
  # @example
  #   Hyperion::Configuration.new(port: 0, head_timeout: 5).limits # => { head_timeout: 5000 }
  class Configuration
    # What one setting is when it is not given, and what it may be.
    Setting = Struct.new(:default, :accepts, :check)
    private_constant :Setting

    class << self
      # @return [String] `RACK_ENV`, or `development`
      def environment
        ENV.fetch('RACK_ENV', 'development')
      end

      private

      def whole(range, default: nil)
        Setting.new(default, "an Integer from #{range.begin} to #{range.end}",
                    ->(value) { value.is_a?(Integer) && range.cover?(value) })
      end

      def seconds(default: nil)
        range = 0..86_400
        Setting.new(default, "seconds, a number from #{range.begin} to #{range.end}",
                    ->(value) { (value.is_a?(Integer) || value.is_a?(Float)) && range.cover?(value) })
      end

      def text(default)
        Setting.new(default, 'a String that is not empty', ->(value) { value.is_a?(String) && !value.empty? })
      end

      def flag
        Setting.new(false, 'true or false', ->(value) { [true, false].include?(value) })
      end

      # Known when a configuration is made, since the environment tells.
      def directory(bytes)
        Setting.new(-> { temporary_directory },
                    "the path of a directory that may be written to, of less than #{bytes} bytes",
                    lambda { |value|
                      value.is_a?(String) && value.bytesize < bytes && !value.include?("\0") &&
                        File.directory?(value) && File.writable?(value)
                    })
      end

      # Without any, bodies that need one are refused.
      def temporary_directory
        Dir.tmpdir
      rescue ArgumentError
        '/tmp'
      end

      def one_of(*names)
        Setting.new(nil, "one of #{names.join(', ')}", ->(value) { names.include?(value.to_s) })
      end
    end

    # One byte or item at least, and what 31 bits hold at most.
    COUNT = (1..0x7fff_ffff)
    private_constant :COUNT

    # Name to what the setting accepts, in the order of the documentation.
    SETTINGS = {
      host: text('127.0.0.1'),
      port: whole(0..65_535, default: 9292),
      thread_count: whole(1..1024, default: 5),
      loops: whole(1..256, default: 1),
      backend: one_of('epoll', 'poll'),
      shutdown_timeout: seconds(default: 30),
      max_connections: whole(COUNT),
      max_queue: whole(COUNT),
      max_target_bytes: whole(COUNT),
      max_head_bytes: whole(COUNT),
      max_headers: whole(1..128),
      max_body_bytes: whole(0..0x7fff_ffff_ffff),
      body_memory_bytes: whole(0..0x7fff_ffff),
      body_directory: directory(224),
      output_bytes: whole(COUNT),
      stream_bytes: whole(COUNT),
      queue_timeout: seconds,
      head_timeout: seconds,
      body_timeout: seconds,
      write_timeout: seconds,
      idle_timeout: seconds,
      linger_timeout: seconds,
      min_body_rate: whole(0..0x7fff_ffff),
      min_write_rate: whole(0..0x7fff_ffff),
      allow_underscore_headers: flag
    }.freeze
    private_constant :SETTINGS

    # The engine's names of our limits.
    LIMITS = {
      max_connections: :connections, max_queue: :queued_requests, max_target_bytes: :target_bytes,
      max_head_bytes: :head_bytes, max_headers: :headers, max_body_bytes: :body_bytes,
      body_memory_bytes: :body_memory_bytes, body_directory: :body_directory, output_bytes: :output_bytes,
      stream_bytes: :stream_bytes,
      min_body_rate: :body_rate, min_write_rate: :write_rate
    }.freeze
    private_constant :LIMITS

    TIMEOUTS = %i[queue_timeout head_timeout body_timeout write_timeout idle_timeout linger_timeout].freeze
    private_constant :TIMEOUTS

    # @!attribute [r] host
    #   @return [String] the address or name to listen on
    # @!attribute [r] port
    #   @return [Integer] the port to listen on; 0: the kernel picks one
    # @!attribute [r] thread_count
    #   @return [Integer] threads that run the application
    # @!attribute [r] loops
    #   @return [Integer] C event loops, each with a listener of its own
    # @!attribute [r] backend
    #   @return [Symbol, String, nil] `epoll` or `poll`; nil: the best one
    # @!attribute [r] shutdown_timeout
    #   @return [Numeric] seconds that a drain may take, before connections are cut
    # @!attribute [r] max_connections
    #   @return [Integer, nil] connections open at once, of one loop
    # @!attribute [r] max_queue
    #   @return [Integer, nil] requests that wait for a thread; more are answered 503
    # @!attribute [r] max_target_bytes
    #   @return [Integer, nil] longest request target: 414
    # @!attribute [r] max_head_bytes
    #   @return [Integer, nil] longest request head: 431
    # @!attribute [r] max_headers
    #   @return [Integer, nil] most header fields: 431
    # @!attribute [r] max_body_bytes
    #   @return [Integer, nil] longest request body: 413
    # @!attribute [r] body_memory_bytes
    #   @return [Integer, nil] a longer body goes to a temporary file
    # @!attribute [r] body_directory
    #   @return [String] where that file is made, which never has a name there
    # @!attribute [r] output_bytes
    #   @return [Integer, nil] answers to pipelined requests are put together up to this size
    # @!attribute [r] stream_bytes
    #   @return [Integer, nil] bytes of a streamed response that may wait for the client
    # @!attribute [r] queue_timeout
    #   @return [Numeric, nil] seconds that a request may wait for a thread; one that has waited longer is answered 503
    #     without being run
    # @!attribute [r] head_timeout
    #   @return [Numeric, nil] seconds for a whole request head
    # @!attribute [r] body_timeout
    #   @return [Numeric, nil] seconds after which a request body's rate is looked at, again and again: 408
    # @!attribute [r] write_timeout
    #   @return [Numeric, nil] seconds after which it is looked at how fast a client reads: closed
    # @!attribute [r] idle_timeout
    #   @return [Numeric, nil] seconds between two requests of a connection
    # @!attribute [r] linger_timeout
    #   @return [Numeric, nil] seconds for a client to take an answer that closes the connection
    # @!attribute [r] min_body_rate
    #   @return [Integer, nil] bytes a second that a request body must bring in each `body_timeout`; 0: any byte will do
    # @!attribute [r] min_write_rate
    #   @return [Integer, nil] bytes a second that a client must read in each `write_timeout`; 0: any byte will do
    # @!attribute [r] allow_underscore_headers
    #   @return [Boolean] whether fields whose name has an underscore reach the application; they cannot be told from
    #     those with a dash there
    attr_reader(*SETTINGS.keys)

    # @param settings [Hash{Symbol => Object}] by the names of the attributes; nil: the default
    # @raise [ArgumentError] for an unknown name, or a value that the setting does not accept
    def initialize(**settings)
      unknown = settings.keys - SETTINGS.keys
      raise ArgumentError, "unknown setting #{unknown.first}; known are #{SETTINGS.keys.join(', ')}" if unknown.any?

      SETTINGS.each { |name, setting| instance_variable_set(:"@#{name}", pick(name, setting, settings[name])) }
      freeze
    end

    # @return [Hash{Symbol => Integer}] what differs from the engine's defaults, by its names, in bytes and milliseconds
    def limits
      bounds = LIMITS.to_h { |name, theirs| [theirs, public_send(name)] }
      timeouts = TIMEOUTS.to_h { |name| [name, public_send(name)&.then { |value| (value * 1000).ceil }] }
      bounds.merge(timeouts, underscore_names: (1 if allow_underscore_headers)).compact
    end

    private

    def pick(name, setting, value)
      return setting.default.respond_to?(:call) ? setting.default.call : setting.default if value.nil?
      return value if setting.check.call(value)

      raise ArgumentError, "#{name} must be #{setting.accepts}, not #{value.inspect}"
    end
  end
end
