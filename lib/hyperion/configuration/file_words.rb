# frozen_string_literal: true

module Hyperion
  class Configuration
    # What a configuration file says: its `self`. Every setting is a word, with its value behind it; those that are true
    # or false may stand alone. Beside them there are the words here, and {ALIASES}.
    #
    # A word that Puma has too means what it means there, or is refused with the reason.
    #
    # @example config/hyperion.rb
    #   bind 'unix:///run/app.sock'
    #   threads 1, 16
    #   max_body_bytes 10_000_000
    #   static '/health', "ok\n"
    #   before_worker_boot { ActiveRecord::Base.establish_connection }
    class FileWords
      # Words for settings that have another name: `health`, and Puma's.
      ALIASES = { health: :health_path, persistent_timeout: :idle_timeout, worker_shutdown_timeout: :shutdown_timeout,
                  force_shutdown_after: :shutdown_timeout, http_content_length_limit: :max_body_bytes }.freeze

      # Puma's words for hooks that have another name here.
      HOOK_ALIASES = { on_worker_boot: :before_worker_boot, on_worker_shutdown: :before_worker_shutdown,
                       on_restart: :before_restart, on_booted: :after_booted }.freeze

      # Puma's words that would be misunderstood.
      REFUSED = {
        idle_timeout: 'say persistent_timeout for the time between two requests of a connection, or ' \
                      'shutdown_when_idle for what Puma does',
        first_data_timeout: 'say head_timeout, the time for a whole request head',
        queue_requests: 'requests are always read in full before a thread sees them; leave it out',
        wait_for_less_busy_worker: 'workers that are busy take no connections; leave it out',
        fork_worker: 'workers are forked from a process that has served nothing; leave it out',
        prune_bundler: 'a restart runs the command anew; leave it out',
        ssl_bind: 'TLS is not served; leave it to what stands in front',
        plugin: 'there are no plugins; their work may be done in hooks',
        out_of_band: 'say out_of_band_gc for garbage that is collected between requests',
        lowlevel_error_handler: 'errors are told to the log; a middleware may answer them'
      }.freeze

      # @param layer [Layer] takes the settings
      # @param path [String] absolute
      # @param name [String] how messages call the file
      def initialize(layer, path, name)
        @layer = layer
        @path = path
        @name = name
      end

      # @param uri [String]
      def bind(uri)
        say { |here| @layer.bind(uri, here) }
      end

      # @param number [Integer, String]
      # @param host [String, nil]
      def port(number, host = nil)
        put(:port, number)
        put(:host, host) if host
      end

      # @overload threads(range)
      # @overload threads(least, most)
      # @overload threads(number)
      def threads(least, most = least)
        return put(:threads, least) if least.is_a?(Range) || least.nil?

        least, most = [least, most].map { |value| number(value) }
        put(:threads, [least, most].all?(Integer) ? least..most : [least, most])
      end

      # @param count [Integer, String, Symbol] `:auto` for one on each processor
      def workers(count)
        put(:workers, count == 'auto' ? :auto : count)
      end

      # @param yes [Boolean]
      def preload_app!(yes = true)
        put(:preload_app, yes)
      end

      # @param stdout [String, nil]
      # @param stderr [String, nil]
      # @param append [Boolean] unlike Puma's, true unless told
      def stdout_redirect(stdout = nil, stderr = nil, append = true)
        put(:redirect_stdout, stdout)
        put(:redirect_stderr, stderr)
        put(:redirect_append, append)
      end

      # Puma's word for `control_url` and `control_token`.
      #
      # @param url [String]
      # @param options [Hash{Symbol => Object}] `auth_token`, or `no_token`
      def activate_control_app(url = 'auto', options = {})
        alien = (options.keys - %i[auth_token no_token]).first
        refuse("activate_control_app takes auth_token and no_token, not #{alien}") if alien

        put(:control_url, url)
        token = options[:no_token] ? 'none' : options[:auth_token]
        say { |here| @layer.set(:control_token, token, here) } if token
      end

      # @param object [#call, nil] the application, or a block
      def app(object = nil, &block)
        put(:app, object || block)
      end

      # Answered without Ruby.
      #
      # @param path [String]
      # @param body [String]
      # @param options [Hash{Symbol => Object}] see {Server.handle_static}, `method` too
      def static(path, body, **options)
        say { |here| @layer.static({ path: path, body: body, **options }, here) }
      end

      ProcessSettings::HOOKS.each do |hook|
        define_method(hook) { |callable = nil, &block| say { |here| @layer.hook(hook, callable || block, here) } }
      end
      HOOK_ALIASES.each { |word, hook| alias_method(word, hook) }
      REFUSED.each { |word, reason| define_method(word) { |*| refuse("#{word}: #{reason}") } }

      (Configuration.names - instance_methods(false)).each do |setting|
        define_method(setting) do |*values, &block|
          put(setting, value_of(setting, [*values, *block]))
        end
      end
      ALIASES.each do |word, setting|
        define_method(word) { |value| put(setting, value) }
      end

      private

      # Lists may be said without brackets.
      def value_of(setting, values)
        return true if values.empty? && Configuration.flag?(setting)
        return values if !Configuration.accepts?(setting, values.first) && Configuration.accepts?(setting, values)
        raise ArgumentError, "#{setting} takes one value" unless values.size == 1

        values.first
      end

      def put(setting, value)
        number = number(value)
        value = number if number != value && Configuration.accepts?(setting, number)
        say { |here| @layer.set(setting, value, here) }
      end

      # The environment has Strings only.
      def number(value)
        return value unless value.is_a?(String)

        value.match?(/\A\d+\z/) ? value.to_i : Float(value, exception: false) || value
      end

      def say
        here = caller_locations.find { |location| location.absolute_path == @path || location.path == @path }
        yield "#{@name}:#{here&.lineno}"
      end

      def refuse(message)
        raise ArgumentError, message
      end

      def respond_to_missing?(*)
        false
      end

      def method_missing(word, *)
        known = public_methods(false) + self.class.instance_methods(false)
        near = DidYouMean::SpellChecker.new(dictionary: known).correct(word).first if defined?(DidYouMean)
        refuse("unknown word #{word}#{"; did you mean #{near}?" if near}")
      end
    end
  end
end
