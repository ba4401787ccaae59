# frozen_string_literal: true

require_relative '../bind'
require_relative 'setting'

module Hyperion
  class Configuration
    # The settings of the process around a {Server}: what it loads, where its output goes, its workers and hooks. They
    # are for {Launcher}; a {Server} does not take them.
    module ProcessSettings
      # When hooks are called.
      HOOKS = %i[before_fork before_worker_boot before_worker_shutdown after_worker_shutdown before_restart
                 after_booted].freeze

      # What a static route may be given, beside its path and body.
      ROUTE_OPTIONS = %i[path body method content_type status headers].freeze

      # Name to what the setting accepts, in the order of the documentation.
      SETTINGS = {
        rackup: Setting.text('config.ru'),
        app: Setting.callable,
        environment: Setting.text,
        directory: Setting.text,
        tag: Setting.text,
        pidfile: Setting.text,
        quiet: Setting.flag,
        redirect_stdout: Setting.text,
        redirect_stderr: Setting.text,
        redirect_append: Setting.flag(default: true),
        shutdown_when_idle: Setting.seconds,
        restart_command: Setting.command,
        control_url: Setting.new("auto, or one of #{Bind::ACCEPTS}") { |url| url == 'auto' || Bind.valid?(url) },
        control_token: Setting.new('a String of printable ASCII characters without spaces, or none') do |token|
          token.is_a?(String) && token.match?(/\A[!-~]+\z/)
        end,
        state_path: Setting.text,
        workers: Setting.new('an Integer from 0 to 512, or :auto', default: 0) do |value|
          value == :auto || (value.is_a?(Integer) && value.between?(0, 512))
        end,
        cluster_mode: Setting.one_of('share', 'reuseport', default: :share),
        preload_app: Setting.flag,
        worker_boot_timeout: Setting.seconds(default: 60),
        worker_timeout: Setting.seconds(default: 60),
        max_requests: Setting.whole,
        max_requests_jitter: Setting.whole(0..0x7fff_ffff, default: 0),
        max_memory_bytes: Setting.whole(0..0x7fff_ffff_ffff),
        hooks: Setting.new("a Hash of #{HOOKS.join(', ')} to Arrays of callables", default: {}) do |value|
          value.is_a?(Hash) && (value.keys - HOOKS).empty? && value.values.all? do |list|
            list.is_a?(Array) && list.all? { |hook| hook.respond_to?(:call) }
          end
        end,
        static_routes: Setting.new("an Array of Hashes with #{ROUTE_OPTIONS.join(', ')}", default: []) do |value|
          value.is_a?(Array) && value.all? { |route| route.is_a?(Hash) && (route.keys - ROUTE_OPTIONS).empty? }
        end
      }.freeze

      # @!attribute [r] rackup
      #   @return [String] the rackup file
      # @!attribute [r] app
      #   @return [#call, nil] the application; nil: the rackup file's
      # @!attribute [r] environment
      #   @return [String] `development`, `production` and the like
      # @!attribute [r] directory
      #   @return [String, nil] to change to before anything is loaded
      # @!attribute [r] tag
      #   @return [String, nil] shown in the process's title
      # @!attribute [r] pidfile
      #   @return [String, nil] has the process's number while it runs
      # @!attribute [r] quiet
      #   @return [Boolean] whether the start-up line is not wanted
      # @!attribute [r] redirect_stdout
      #   @return [String, nil] the file that takes the standard output
      # @!attribute [r] redirect_stderr
      #   @return [String, nil] the file that takes the standard error
      # @!attribute [r] redirect_append
      #   @return [Boolean] whether these files are added to, or begun anew
      # @!attribute [r] shutdown_when_idle
      #   @return [Numeric, nil] seconds without a connection after which the process ends
      # @!attribute [r] restart_command
      #   @return [String, nil] what a restart executes; nil: the command that the process was started with
      # @!attribute [r] control_url
      #   @return [String, nil] where the control server listens: a URI as {Bind} takes it, or `auto`; nil: none
      # @!attribute [r] control_token
      #   @return [String, nil] what those who ask it must know; `none`: nothing; nil: one is made up
      # @!attribute [r] state_path
      #   @return [String, nil] the file that tells the process's number, the control server's URL and its token
      # @!attribute [r] workers
      #   @return [Integer] processes that serve; 0: this one
      # @!attribute [r] cluster_mode
      #   @return [Symbol] `:share`, all workers accept from the same sockets, or `:reuseport`, each has its own
      # @!attribute [r] preload_app
      #   @return [Boolean] whether the application is loaded once, before workers are forked
      # @!attribute [r] worker_boot_timeout
      #   @return [Numeric] seconds for a worker to load and listen
      # @!attribute [r] worker_timeout
      #   @return [Numeric] seconds without a sign of life after which a worker is replaced
      # @!attribute [r] max_requests
      #   @return [Integer, nil] requests after which a worker is replaced
      # @!attribute [r] max_requests_jitter
      #   @return [Integer] up to so many more, picked by each worker, so that they are not replaced all at once
      # @!attribute [r] max_memory_bytes
      #   @return [Integer, nil] resident memory beyond which a worker is replaced
      # @!attribute [r] hooks
      #   @return [Hash{Symbol => Array<#call>}] by the names in {HOOKS}
      # @!attribute [r] static_routes
      #   @return [Array<Hash{Symbol => Object}>] arguments of {Server.handle_static}
      attr_reader(*SETTINGS.keys)
    end
  end
end
