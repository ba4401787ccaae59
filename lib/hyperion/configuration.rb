# frozen_string_literal: true

require 'tmpdir'

require_relative 'configuration/server_settings'
require_relative 'configuration/process_settings'
require_relative 'configuration/words'
require_relative 'configuration/layer'
require_relative 'configuration/environment_settings'
require_relative 'processors'

module Hyperion
  # Every setting, validated once. Beside the two knobs of {Server::ConnectionLoop}, the only reader of the
  # environment. A new setting is a line in one of the two tables.
  #
  # @example
  #   Hyperion::Configuration.new(port: 0, head_timeout: 5).limits # => { head_timeout: 5000 }
  class Configuration
    include ServerSettings
    include ProcessSettings

    # What it has of each setting.
    SETTINGS = ServerSettings::SETTINGS.merge(ProcessSettings::SETTINGS).freeze
    private_constant :SETTINGS

    # The engine's names of our limits.
    LIMITS = {
      max_connections: :connections, max_queue: :queued_requests, max_method_bytes: :method_bytes,
      max_target_bytes: :target_bytes, max_head_bytes: :head_bytes, max_headers: :headers, max_body_bytes: :body_bytes,
      max_chunk_line_bytes: :chunk_line_bytes, max_trailer_bytes: :trailer_bytes, linger_bytes: :linger_bytes,
      body_memory_bytes: :body_memory_bytes, body_directory: :body_directory, output_bytes: :output_bytes,
      stream_bytes: :stream_bytes, min_body_rate: :body_rate, min_write_rate: :write_rate
    }.freeze
    private_constant :LIMITS

    TIMEOUTS = %i[queue_timeout head_timeout body_timeout write_timeout idle_timeout linger_timeout].freeze
    private_constant :TIMEOUTS

    # In place of a file.
    STANDARD_OUTPUT = '-'
    private_constant :STANDARD_OUTPUT

    # Threads, unless told.
    THREADS = 5
    private_constant :THREADS

    class << self
      # @return [String] `APP_ENV`, `RACK_ENV` or `RAILS_ENV`, or `development`
      def environment
        EnvironmentSettings.environment
      end

      # What is not a server's is refused.
      #
      # @param settings [Hash{Symbol => Object}]
      # @return [Configuration] of a server that is run without a {Launcher}
      # @raise [ArgumentError]
      def of_server(**settings)
        alien = settings.keys & ProcessSettings::SETTINGS.keys
        raise ArgumentError, "#{alien.first} is a setting of the command hyperion, not of a Server" if alien.any?

        new(**settings)
      end

      # @return [Array<Symbol>] the names of all settings
      def names
        SETTINGS.keys
      end

      # @param name [Symbol] of a setting
      # @return [Boolean] whether it is true or false
      def flag?(name)
        [true, false].include?(SETTINGS.fetch(name).default)
      end

      # @param name [Symbol] of a setting
      # @param value [Object]
      # @return [Object] a frozen copy, or the default for nil
      # @raise [ArgumentError] that names the setting and what it accepts
      def check(name, value)
        picked = SETTINGS.fetch(name).pick(name, value)
        picked.each { |route| check_route(**route) } if name == :static_routes
        picked
      end

      # @param name [Symbol] of a setting
      # @param value [Object]
      # @return [Boolean] whether {.check} takes it
      def accepts?(name, value)
        check(name, value)
        true
      rescue ArgumentError
        false
      end

      private

      def check_route(path: nil, body: nil, method: :GET, **options)
        Server::RouteTable.static_entry(method, path, body, **options)
      end
    end

    # @param settings [Hash{Symbol => Object}] by the names of the attributes; nil: the default
    # @raise [ArgumentError] for an unknown name, or a value that the setting does not accept
    def initialize(**settings)
      unknown = settings.keys - SETTINGS.keys
      raise ArgumentError, "unknown setting #{unknown.first}; known are #{SETTINGS.keys.join(', ')}" if unknown.any?

      @binds_given = !settings.values_at(:binds, :host, :port).compact.empty?
      SETTINGS.each_key { |name| instance_variable_set(:"@#{name}", self.class.check(name, settings[name])) }
      derive
      freeze
    end

    # @return [Hash{Symbol => Integer}] what differs from the engine's defaults, by its names, in bytes and milliseconds
    def limits
      bounds = LIMITS.to_h { |name, theirs| [theirs, public_send(name)] }
      timeouts = TIMEOUTS.to_h { |name| [name, public_send(name)&.then { |value| (value * 1000).ceil }] }
      bounds.merge(timeouts, underscore_names: (1 if allow_underscore_headers)).compact
    end

    # @return [Boolean] whether the settings say where to listen
    def binds_given?
      @binds_given
    end

    # @return [Bind, nil] the first TCP address to listen on
    def tcp_bind
      @binds.map { |uri| Bind.parse(uri) }.find { |bind| !bind.unix? }
    end

    # @return [Boolean] whether requests are logged to a file, which may be moved away
    def access_log_file?
      !@access_log.nil? && @access_log != STANDARD_OUTPUT
    end

    # @return [Hash{Symbol => Object}] what {Server.new} takes
    def server_settings
      ServerSettings::SETTINGS.to_h { |name, _setting| [name, public_send(name)] }
    end

    # @return [Hash{Symbol => Object}] all settings
    def to_h
      SETTINGS.to_h { |name, _setting| [name, public_send(name)] }
    end

    private

    # What settings say about each other.
    def derive
      @binds ||= [Bind.tcp(@host, @port).to_s.freeze].freeze
      derive_threads
      refuse_contradictions
      @body_directory ||= temporary_directory
      @environment ||= self.class.environment.dup.freeze
      @cluster_mode = @cluster_mode.to_sym
      @access_log ||= STANDARD_OUTPUT if @log_requests
      @access_log_format = @access_log_format.to_sym
      @workers = Processors.available if @workers == :auto
    end

    def refuse_contradictions
      if @metrics_path && @metrics_path == @health_path
        raise ArgumentError, "metrics_path must be another path than health_path, not #{@metrics_path} too"
      end
      return unless @control_token == 'none' && @control_url && !private?(@control_url)

      raise ArgumentError, "control_token must be a secret, not none, where others reach #{@control_url}"
    end

    # Whether only this machine's own processes get there.
    def private?(url)
      return true if url == 'auto'

      bind = Bind.parse(url)
      bind.unix? || bind.host.match?(/\A(?:127\.[\d.]+|::1|localhost)\z/)
    end

    # Without any, bodies that need one are refused.
    def temporary_directory
      Dir.tmpdir
    rescue ArgumentError
      '/tmp'
    end

    def derive_threads
      @threads ||= @thread_count || THREADS
      @threads = @threads.is_a?(Integer) ? @threads..@threads : @threads.begin..@threads.max
      if @thread_count && @thread_count != @threads.end
        raise ArgumentError, "thread_count must be the largest number of threads, #{@threads.end}, not #{@thread_count}"
      end

      @thread_count = @threads.end
    end
  end
end
