# frozen_string_literal: true

require_relative '../bind'
require_relative 'setting'

module Hyperion
  class Configuration
    # The settings of a {Server}: what it listens on, its threads, limits and time-outs.
    #
    # A limit or time-out that is nil has the engine's default; a time-out of 0 never expires.
    module ServerSettings
      # Name to what the setting accepts, in the order of the documentation.
      SETTINGS = {
        host: Setting.text('127.0.0.1'),
        port: Setting.whole(0..65_535, default: 9292),
        binds: Setting.list(Bind::ACCEPTS) { |uri| Bind.valid?(uri) },
        thread_count: Setting.whole(1..1024),
        threads: Setting.crew,
        fiber_scheduler: Setting.callable,
        fibers: Setting.whole(1..65_536, default: 64),
        clean_thread_locals: Setting.flag,
        request_timeout: Setting.seconds,
        request_timeout_hard: Setting.seconds,
        on_hard_timeout: Setting.callable,
        out_of_band_gc: Setting.whole,
        loops: Setting.whole(1..64, default: 1),
        backend: Setting.one_of('epoll', 'poll', 'io_uring'),
        shutdown_timeout: Setting.seconds(default: 30),
        max_connections: Setting.whole,
        max_queue: Setting.whole,
        max_method_bytes: Setting.whole(7..0x7fff_ffff),
        max_target_bytes: Setting.whole,
        max_head_bytes: Setting.whole,
        max_headers: Setting.whole(1..128),
        max_body_bytes: Setting.whole(0..0x7fff_ffff_ffff),
        max_chunk_line_bytes: Setting.whole,
        max_trailer_bytes: Setting.whole,
        body_memory_bytes: Setting.whole(0..0x7fff_ffff),
        body_directory: Setting.directory(224),
        output_bytes: Setting.whole,
        stream_bytes: Setting.whole,
        queue_timeout: Setting.seconds,
        head_timeout: Setting.seconds,
        body_timeout: Setting.seconds,
        write_timeout: Setting.seconds,
        idle_timeout: Setting.seconds,
        linger_timeout: Setting.seconds,
        linger_bytes: Setting.whole(0..0x7fff_ffff_ffff),
        min_body_rate: Setting.whole(0..0x7fff_ffff),
        min_write_rate: Setting.whole(0..0x7fff_ffff),
        allow_underscore_headers: Setting.flag,
        early_hints: Setting.flag(default: true),
        metrics_path: Setting.request_path,
        access_log: Setting.text,
        access_log_format: Setting.one_of('common', 'combined', 'json', default: :common),
        log_requests: Setting.flag,
        trusted_proxies: Setting.networks,
        proxy_protocol: Setting.networks,
        health_path: Setting.request_path,
        health_queue_limit: Setting.seconds(0.1..86_400, default: 10)
      }.freeze

      # @!attribute [r] host
      #   @return [String] the address or name to listen on, unless there are {#binds}
      # @!attribute [r] port
      #   @return [Integer] the port to listen on; 0: the kernel picks one
      # @!attribute [r] binds
      #   @return [Array<String>] URIs of what to listen on; `tcp://host:port` by default
      # @!attribute [r] thread_count
      #   @return [Integer] threads that run the application: the largest number of {#threads}
      # @!attribute [r] threads
      #   @return [Range<Integer>] the least and the largest number of threads that run the application
      # @!attribute [r] fiber_scheduler
      #   @return [#call, nil] makes a Fiber scheduler, under which each thread runs its requests
      # @!attribute [r] fibers
      #   @return [Integer] requests of a thread under way at once, when there is a scheduler
      # @!attribute [r] clean_thread_locals
      #   @return [Boolean] whether what a request leaves in `Thread.current` is cleared
      # @!attribute [r] request_timeout
      #   @return [Numeric, nil] seconds after which a request that still runs is told to the log and to hooks
      # @!attribute [r] request_timeout_hard
      #   @return [Numeric, nil] seconds after which it is also told to {#on_hard_timeout}
      # @!attribute [r] on_hard_timeout
      #   @return [#call, nil] takes the env, the thread and the seconds of a request that has run for longer than
      #     {#request_timeout_hard}, once
      # @!attribute [r] out_of_band_gc
      #   @return [Integer, nil] requests after which garbage is collected while none is under way
      # @!attribute [r] loops
      #   @return [Integer] C event loops for each address that is listened on
      # @!attribute [r] backend
      #   @return [Symbol, String, nil] `epoll`, `poll` or `io_uring`; nil: io_uring if `HYPERION_IO_URING_ACCEPT` asks
      #     for it, else epoll where there is one
      # @!attribute [r] shutdown_timeout
      #   @return [Numeric] seconds that a drain may take, before connections are cut
      # @!attribute [r] max_connections
      #   @return [Integer, nil] connections open at once, of one loop
      # @!attribute [r] max_queue
      #   @return [Integer, nil] requests that wait for a thread; more are answered 503
      # @!attribute [r] max_method_bytes
      #   @return [Integer, nil] longest method: 501
      # @!attribute [r] max_target_bytes
      #   @return [Integer, nil] longest request target: 414
      # @!attribute [r] max_head_bytes
      #   @return [Integer, nil] longest request head: 431
      # @!attribute [r] max_headers
      #   @return [Integer, nil] most header fields: 431
      # @!attribute [r] max_body_bytes
      #   @return [Integer, nil] longest request body: 413
      # @!attribute [r] max_chunk_line_bytes
      #   @return [Integer, nil] longest size of a chunk together with its extensions: 400
      # @!attribute [r] max_trailer_bytes
      #   @return [Integer, nil] longest trailer section of a chunked request body: 400
      # @!attribute [r] body_memory_bytes
      #   @return [Integer, nil] a longer body goes to a temporary file
      # @!attribute [r] body_directory
      #   @return [String] where that file is made, which never has a name there
      # @!attribute [r] output_bytes
      #   @return [Integer, nil] answers to pipelined requests are put together up to this size
      # @!attribute [r] stream_bytes
      #   @return [Integer, nil] bytes of a streamed response that may wait for the client
      # @!attribute [r] queue_timeout
      #   @return [Numeric, nil] seconds that a request may wait for a thread; one that has waited longer is answered
      #     503 without being run
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
      # @!attribute [r] linger_bytes
      #   @return [Integer, nil] bytes that are read and dropped meanwhile
      # @!attribute [r] min_body_rate
      #   @return [Integer, nil] bytes a second that a request body must bring in each `body_timeout`; 0: any byte
      #     will do
      # @!attribute [r] min_write_rate
      #   @return [Integer, nil] bytes a second that a client must read in each `write_timeout`; 0: any byte will do
      # @!attribute [r] allow_underscore_headers
      #   @return [Boolean] whether fields whose name has an underscore reach the application; they cannot be told from
      #     those with a dash there
      # @!attribute [r] early_hints
      #   @return [Boolean] whether applications find `rack.early_hints`, by which they send 103 responses
      # @!attribute [r] metrics_path
      #   @return [String, nil] where the metrics are answered, as Prometheus reads them; nil: nowhere
      # @!attribute [r] access_log
      #   @return [String, nil] the file that takes a line for each request; `-`: the standard output; nil: none
      # @!attribute [r] access_log_format
      #   @return [Symbol] `common`, `combined` or `json`
      # @!attribute [r] log_requests
      #   @return [Boolean] whether requests are logged, to the standard output unless {#access_log} says where
      # @!attribute [r] trusted_proxies
      #   @return [Array<String>, nil] networks whose word on the client is taken: `X-Forwarded-*` and `Forwarded`
      # @!attribute [r] proxy_protocol
      #   @return [Array<String>, nil] networks whose connections begin with a header of the PROXY protocol
      # @!attribute [r] health_path
      #   @return [String, nil] path at which the server tells whether its workers take requests; nil: none
      # @!attribute [r] health_queue_limit
      #   @return [Numeric] seconds that a request may wait for a thread, or Ruby not run, before that is answered 503
      attr_reader(*SETTINGS.keys)
    end
  end
end
