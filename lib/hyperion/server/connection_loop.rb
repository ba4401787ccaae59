# frozen_string_literal: true

require 'socket'

module Hyperion
  class Server
    # Decides which loop serves a listener, and builds what the C loop calls.
    module ConnectionLoop
      # How long one dial of {.wake_listener} may take.
      WAKE_CONNECT_TIMEOUT_SECONDS = 1.0

      # Dials that find a listener among several on one port well enough. Stopping never depends on it.
      WAKE_CONNECT_BURST = 8

      OFF = %w[0 off false no].freeze
      ON = %w[1 on true yes].freeze
      NOBODY_THERE = [Errno::ECONNREFUSED, Errno::EADDRNOTAVAIL, Errno::EHOSTUNREACH, Errno::ENETUNREACH].freeze
      private_constant :OFF, :ON, :NOBODY_THERE

      module_function

      # @return [Boolean] whether the C loop is there, and not switched off by `HYPERION_C_ACCEPT_LOOP` (`0 off false
      #   no`)
      def available?
        return false unless defined?(Http::PageCache) && Http::PageCache.respond_to?(:run_static_accept_loop)

        !knob?('HYPERION_C_ACCEPT_LOOP', OFF)
      end

      # @return [Boolean] whether io_uring is compiled in and asked for by `HYPERION_IO_URING_ACCEPT` (`1 on true
      #   yes`); the kernel may still refuse it
      def io_uring_eligible?
        return false unless available? && Http::PageCache.respond_to?(:run_static_io_uring_loop)
        return false unless Http::PageCache.respond_to?(:io_uring_loop_compiled?) && Http::PageCache.io_uring_loop_compiled?

        io_uring_asked?
      end

      # @api private
      # @return [Boolean] whether `HYPERION_IO_URING_ACCEPT` asks for io_uring, be it compiled in or not
      def io_uring_asked?
        knob?('HYPERION_IO_URING_ACCEPT', ON)
      end

      # @param handler [Object] of a route
      # @return [Boolean] whether the C loop serves it
      def eligible_entry?(handler)
        handler.is_a?(RouteTable::StaticEntry) || handler.is_a?(RouteTable::DynamicBlockEntry)
      end

      # @param table [RouteTable, nil]
      # @return [Boolean] whether there are entries, and the C loop serves them all
      def eligible_route_table?(table)
        return false if table.nil?

        handlers = table.handlers
        handlers.any? && handlers.all? { |handler| eligible_entry?(handler) }
      end

      # @param runtime [Runtime] whose hooks are to be called
      # @return [Proc] takes the method and the path of a static hit; answers nil and raises nothing
      def build_lifecycle_callback(runtime)
        lambda do |method, path|
          request = Request.new(method: method, path: path, query_string: nil, http_version: 'HTTP/1.1', headers: {},
                                body: nil)
          if runtime.has_request_hooks?
            runtime.fire_request_start(request, nil)
            runtime.fire_request_end(request, nil, :c_static, nil)
          end
          nil
        rescue StandardError
          nil
        end
      end

      # @param server [Server] that takes the connections
      # @return [Proc] takes a descriptor and the bytes read from it (or nil); the descriptor is the server's, or is
      #   closed
      def build_handoff_callback(server)
        lambda do |fd, partial|
          server.__send__(:dispatch_handed_off, fd, partial)
        rescue StandardError => e
          server.runtime_logger.warn do
            { message: 'handed-off connection was not taken', error: e.message, error_class: e.class.name }
          end
          ConnectionLoop.close_descriptor(fd)
        end
      end

      # Dials a listener, so that a thread blocked in `accept` on it looks around.
      #
      # @param host [String, nil]
      # @param port [Integer, nil]
      # @param connect_timeout [Numeric] seconds, of each dial
      # @param count [Integer] dials
      # @return [nil] always; raises nothing
      def wake_listener(host, port, connect_timeout: WAKE_CONNECT_TIMEOUT_SECONDS, count: 1)
        return if host.nil? || port.nil?

        count.times { break unless dial(host, port, connect_timeout) }
        nil
      end

      # @api private
      # @return [nil]
      def close_descriptor(fd)
        IO.for_fd(fd).close
        nil
      rescue SystemCallError, IOError, ArgumentError
        nil
      end

      # False when nobody is there, and further dials are in vain.
      #
      # @!visibility private
      def dial(host, port, connect_timeout)
        Socket.tcp(host, port, connect_timeout: connect_timeout) { |_socket| nil }
        true
      rescue *NOBODY_THERE
        false
      rescue StandardError
        true
      end

      # @!visibility private
      def knob?(name, values)
        values.include?(ENV.fetch(name, '').downcase)
      end

      private_class_method :dial, :knob?
    end
  end
end
