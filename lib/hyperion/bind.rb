# frozen_string_literal: true

module Hyperion
  # An address to listen on, as a URI says it.
  #
  # @example
  #   Hyperion::Bind.parse('tcp://[::1]:3000').host # => "::1"
  #   Hyperion::Bind.parse('unix:///run/app.sock?umask=0117').umask # => 0117
  class Bind
    # The URIs, in words.
    ACCEPTS = 'URIs such as tcp://127.0.0.1:9292, tcp://[::1]:9292?backlog=1024, ' \
              'unix:///run/app.sock?umask=0117&mode=0660&backlog=1024'

    # Connections that may wait to be accepted, unless told; the kernel may allow fewer.
    BACKLOG = 1024

    TCP = %r{\Atcp://(?:\[(?<v6>[:.%\w]+)\]|(?<name>[^\[\]:/?#@\s]+)):(?<port>\d{1,5})/?(?:\?(?<query>.*))?\z}
    UNIX = %r{\Aunix://(?<path>[^?\0]+)(?:\?(?<query>.*))?\z}
    private_constant :TCP, :UNIX

    OPTIONS = { tcp: %w[backlog], unix: %w[backlog umask mode] }.freeze
    private_constant :OPTIONS

    class << self
      # @param uri [String]
      # @return [Bind]
      # @raise [ArgumentError] for anything else than {ACCEPTS}
      def parse(uri)
        tcp_of(uri) || unix_of(uri) || refuse(uri)
      end

      # @param uri [Object]
      # @return [Boolean] whether {.parse} takes it
      def valid?(uri)
        parse(uri).is_a?(Bind)
      rescue ArgumentError
        false
      end

      # @param host [String] an address or a name
      # @param port [Integer] 0: the kernel picks
      # @return [Bind]
      def tcp(host, port, backlog: BACKLOG)
        new(host: host, port: port, backlog: backlog)
      end

      private

      def tcp_of(uri)
        match = TCP.match(uri.to_s) or return
        port = match[:port].to_i
        refuse(uri) if port > 65_535
        new(host: match[:v6] || match[:name], port: port, **options(uri, :tcp, match[:query]))
      end

      def unix_of(uri)
        match = UNIX.match(uri.to_s) or return
        path = match[:path].gsub(/%(\h\h)/) { Regexp.last_match(1).hex.chr }.force_encoding(Encoding::UTF_8)
        new(path: path, **options(uri, :unix, match[:query]))
      end

      def options(uri, kind, query)
        pairs = query.to_s.split('&').map { |pair| pair.split('=', 2) }
        pairs.to_h do |name, value|
          refuse(uri) unless OPTIONS.fetch(kind).include?(name)
          [name.to_sym, name == 'backlog' ? backlog(uri, value) : octal(uri, value)]
        end
      end

      def backlog(uri, value)
        value.to_s.match?(/\A[1-9]\d{0,5}\z/) ? value.to_i : refuse(uri)
      end

      def octal(uri, value)
        value.to_s.match?(/\A[0-7]{1,4}\z/) ? value.oct : refuse(uri)
      end

      def refuse(uri)
        raise ArgumentError, "cannot listen on #{uri}: it must be one of #{ACCEPTS}"
      end
    end

    # @return [String, nil] the address or name of a TCP one
    attr_reader :host

    # @return [Integer, nil] of a TCP one
    attr_reader :port

    # @return [String, nil] of a unix one; that of an abstract one begins with `@`
    attr_reader :path

    # @return [Integer] connections that may wait to be accepted
    attr_reader :backlog

    # @return [Integer, nil] while the socket's file is made
    attr_reader :umask

    # @return [Integer, nil] of the socket's file
    attr_reader :mode

    # @see .parse
    def initialize(host: nil, port: nil, path: nil, backlog: BACKLOG, umask: nil, mode: nil)
      @host = host
      @port = port
      @path = path
      @backlog = backlog
      @umask = umask
      @mode = mode
      freeze
    end

    # @return [Boolean]
    def unix?
      !path.nil?
    end

    # @return [Boolean] whether its socket has no file
    def abstract?
      unix? && path.start_with?('@')
    end

    # @param address [String]
    # @param port [Integer]
    # @return [Bind] this one with an address instead of a name, and a port instead of any
    def at(address, port)
      self.class.new(host: address, port: port, backlog: backlog)
    end

    # @return [String] without options
    def to_s
      return "unix://#{path.gsub(/[%? ]/) { |char| format('%%%02X', char.ord) }}" if unix?

      "tcp://#{host.include?(':') ? "[#{host}]" : host}:#{port}"
    end

    # @return [String] as a client says it
    def url
      unix? ? to_s : to_s.sub('tcp:', 'http:')
    end
  end
end
