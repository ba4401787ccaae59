# frozen_string_literal: true

module Hyperion
  # The parts that speak HTTP.
  module Http
    # Ready responses by path, and a C loop that serves them, for programs that run the loop by hand on a listener of
    # their own; a {Server} needs none of it. Everything acts on one engine, the process's default, which also serves
    # the routes of {Server.route_table}.
    #
    # @example
    #   Hyperion::Http::PageCache.register_prebuilt('/', "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 2)
    #   listener = TCPServer.new('127.0.0.1', 0)
    #   thread = Thread.new { Hyperion::Http::PageCache.run_static_accept_loop(listener.fileno) }
    #   Hyperion::Http::PageCache.stop_accept_loop
    #   thread.value # => requests served
    module PageCache
      # @!method self.run_static_accept_loop(listener_fd)
      #   Runs the loop in the calling thread, off the GVL, until it is stopped; `Thread#kill` and `Thread#raise` end
      #   it.
      #   @param listener_fd [Integer] a listening socket's descriptor; it stays the caller's
      #   @return [Integer] requests served
      #   @return [:crashed] when the listener cannot be used any more
      #   @raise [ArgumentError] for a negative descriptor
      # @!method self.run_static_io_uring_loop(listener_fd)
      #   The same on io_uring.
      #   @param listener_fd [Integer]
      #   @return [Integer, :crashed]
      #   @return [:unavailable] when it is not compiled in, or the kernel refuses a ring
      # @!method self.io_uring_loop_compiled?
      #   @return [Boolean]
      # @!method self.stop_accept_loop
      #   Asks the running loop to stop; harmless when none runs.
      #   @return [nil]
      # @!method self.set_handoff_callback(callable)
      #   @param callable [#call, nil] takes a descriptor, which is the callee's from then on, and the bytes read
      #     from it (or nil), for what the loop cannot serve; nil: such connections get the fitting error and are closed
      #   @return [#call, nil] the argument
      #   @raise [ArgumentError] for what has no `call`
      # @!method self.set_lifecycle_callback(callable)
      #   @param callable [#call, nil] takes the method and the path of a request that the loop served
      #   @return [#call, nil] the argument
      #   @raise [ArgumentError] for what has no `call`
      # @!method self.set_lifecycle_active(active)
      #   @param active [Boolean] whether the lifecycle callback is called
      # @!method self.lifecycle_active?
      #   @return [Boolean]
      # @!method self.register_prebuilt(path, response_bytes, body_length, date_offset = 0)
      #   Registers a ready response for GET and HEAD of a path; the last writer wins.
      #   @param path [String] 1 to 1,024 bytes
      #   @param response_bytes [String] head and body
      #   @param body_length [Integer] bytes of the body, which HEAD leaves out
      #   @param date_offset [Integer] of 29 bytes that become the current Date; 0: none
      #   @return [Integer] bytes stored
      #   @raise [TypeError] for bytes that are no String
      #   @raise [ArgumentError] for a length or an offset outside them, or a path of another length
      # @!method self.serve_request(io, method, path)
      #   Writes a registered response by hand.
      #   @param io [IO]
      #   @param method [String]
      #   @param path [String]
      #   @return [Array(:ok, Integer)] bytes written
      #   @return [:miss] with nothing written
      # @!method self.register_dynamic_block(path, method, block)
      #   @param path [String]
      #   @param method [Symbol] `:GET` or `:HEAD`
      #   @param block [#call] takes a Rack env, answers a Rack triple
      # @!method self.clear_dynamic_blocks!
      #   Removes every block route.
      # @!method self.dynamic_block_count
      #   @return [Integer] block routes
      # @!method self.set_dynamic_dispatch_callback(callable)
      #   Accepted, and not needed.
      #   @param callable [#call, nil]
      # @!method self.size
      #   @return [Integer] registered responses
      # @!method self.clear
      #   Removes every registered response.
      # @!method self.c_loop_requests_total
      #   @return [Integer] requests that C loops of this process have answered
      # @!method self.reset_c_loop_requests_total!
      #   Counts from 0 again.
    end
  end
end
