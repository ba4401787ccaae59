# frozen_string_literal: true

require 'tmpdir'

require_relative 'app'

module Hyperion
  module Control
    # Serves commands to a process, beside what it is for: a {Hyperion::Server} of its own on an address of its own, so
    # that clients who are slow, or silent, hold up nobody.
    #
    # In the process: of a master, or of the one that serves; {#start} comes back at once.
    #
    # @api private
    class Server
      # Where it listens when it is to choose.
      AUTO = 'auto'

      # Commands at once. One that asks all workers may take seconds.
      THREADS = 4

      # Nobody has to be patient with those who command.
      LIMITS = { max_connections: 64, max_queue: 64, max_body_bytes: 1024, head_timeout: 5, body_timeout: 5,
                 write_timeout: 10, idle_timeout: 10, linger_timeout: 1, shutdown_timeout: 1,
                 early_hints: false }.freeze

      # A unix socket is its owner's alone, unless its URI says otherwise.
      PRIVATE = 'umask=0177'

      # @return [Token]
      attr_reader :token

      # @param url [String] {AUTO}, or a URI
      # @param token [Token]
      # @param target [Object] see {App}
      # @param logger [#warn]
      def initialize(url, token:, target:, logger: Hyperion.logger)
        @bind = url == AUTO ? automatic : restricted(url)
        @token = token
        @app = App.new(target, token)
        @logger = logger
      end

      # @return [String] where it listens, as a client is told
      def url
        @listener.endpoints.first.bind.to_s
      end

      # @return [self]
      # @raise [Error] when it cannot listen
      def start
        @listener = listen
        @server = Hyperion::Server.new(app: @app, listener: @listener, thread_count: THREADS, runtime: Runtime.new,
                                       route_table: Hyperion::Server::RouteTable.new, logger: @logger, **LIMITS)
        @thread = Thread.new { @server.start }
        @thread.name = 'hyperion control server'
        self
      end

      # Answers what was asked, and ends.
      #
      # @return [nil]
      def stop
        @server.stop
        @thread.join
        nil
      end

      # In a forked child: lets go of what is the parent's.
      #
      # @return [nil]
      def abandon
        @listener.close
      end

      private

      def automatic
        "unix://#{Dir.tmpdir}/hyperion-control-#{Process.pid}.sock?#{PRIVATE}"
      end

      def restricted(url)
        bind = Bind.parse(url)
        bind.unix? && bind.umask.nil? && bind.mode.nil? ? "#{url}#{url.include?('?') ? '&' : '?'}#{PRIVATE}" : url
      end

      def listen
        Listener.open([@bind])
      rescue SystemCallError, SocketError, ArgumentError => e
        raise Error, "the control server cannot listen on #{@bind[/[^?]*/]}: #{e.message}"
      end
    end
  end
end
