# frozen_string_literal: true

require 'stringio'
require 'rack/version'

require_relative 'rack_env/null_input'

module Hyperion
  # The part of a Rack env that is the same for every request of a server, and envs for who has only a {Request}.
  module RackEnv
    # What applications are told of us.
    SERVER_SOFTWARE = "hyperion/#{VERSION}".freeze

    # Hosts that mean every address, and so name none.
    WILDCARDS = ['0.0.0.0', '::'].freeze
    private_constant :WILDCARDS

    module_function

    # The env that each request's own begins as a copy of. What older versions of Rack ask for is there for them only.
    #
    # @param host [String] SERVER_NAME for requests without a Host
    # @param port [Integer] SERVER_PORT for requests whose Host has none
    # @param errors [IO] rack.errors
    # @param rack_release [String] the version of Rack that the application is written for
    # @return [Hash{String => Object}] frozen
    # @example
    #   Hyperion::RackEnv.template(host: '127.0.0.1', port: 9292)['SERVER_PORT'] # => "9292"
    def template(host:, port:, errors: $stderr, rack_release: Rack.release)
      env = {
        'SCRIPT_NAME' => '', 'SERVER_NAME' => server_name(host), 'SERVER_PORT' => port.to_s,
        'SERVER_SOFTWARE' => SERVER_SOFTWARE, 'GATEWAY_INTERFACE' => 'CGI/1.2',
        'rack.url_scheme' => 'http', 'rack.errors' => errors
      }
      release = Gem::Version.new(rack_release)
      env.merge!(before_rack31) if release < Gem::Version.new('3.1')
      env.merge!(of_rack2) if release < Gem::Version.new('3')
      env.transform_values { |value| value.is_a?(String) ? value.freeze : value }.freeze
    end

    # An env for a handler that wants one, when there was no Rack request.
    #
    # @param request [Request]
    # @return [Hash{String => Object}] the request's own env when it has one
    def of_request(request)
      return request.env if request.respond_to?(:env)

      env = template(host: 'localhost', port: 80).merge(
        'REQUEST_METHOD' => request.method, 'PATH_INFO' => request.path, 'QUERY_STRING' => request.query_string.to_s,
        'SERVER_PROTOCOL' => request.http_version, 'rack.input' => StringIO.new(request.body.to_s.b)
      )
      env['REMOTE_ADDR'] = request.peer_address if request.peer_address
      request.headers.each { |name, value| env[key(name)] = value }
      env
    end

    # @!visibility private
    def server_name(host)
      return 'localhost' if WILDCARDS.include?(host)

      host.include?(':') ? "[#{host}]" : host
    end

    # Each request puts its own protocol in HTTP_VERSION's place, and what PATH_INFO may be goes by there being one.
    #
    # @!visibility private
    def before_rack31
      { 'HTTP_VERSION' => 'HTTP/1.1', 'rack.input' => NullInput.new }
    end

    # @!visibility private
    def of_rack2
      { 'rack.version' => [1, 3].freeze, 'rack.multithread' => true, 'rack.multiprocess' => false,
        'rack.run_once' => false }
    end

    # @!visibility private
    def key(name)
      name = name.upcase.tr('-', '_')
      %w[CONTENT_TYPE CONTENT_LENGTH].include?(name) ? name : "HTTP_#{name}"
    end

    private_class_method :server_name, :before_rack31, :of_rack2, :key
  end
end
