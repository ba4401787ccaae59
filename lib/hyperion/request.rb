# frozen_string_literal: true

module Hyperion
  # One request as hooks and legacy handlers see it. Frozen.
  #
  # @example
  #   request = Hyperion::Request.new(method: 'GET', path: '/', query_string: nil, http_version: 'HTTP/1.1',
  #                                   headers: { 'host' => 'example.org' }, body: nil)
  #   request.header('Host') # => "example.org"
  class Request
    # @return [String] the method, such as `GET`
    attr_reader :method

    # @return [String] the path, without the query string
    attr_reader :path

    # @return [String, nil] what stood behind the `?`
    attr_reader :query_string

    # @return [String] such as `HTTP/1.1`
    attr_reader :http_version

    # @return [Hash{String => String}] field names to values
    attr_reader :headers

    # @return [String, nil] the body's bytes
    attr_reader :body

    # @return [String, nil] the client's address
    attr_reader :peer_address

    # A request over a Rack env: fields are looked up when they are asked for.
    #
    # @param env [Hash{String => Object}] a Rack env
    # @param body [String, nil] the body's bytes, for who has read them
    # @return [Request]
    def self.from_env(env, body: nil)
      EnvRequest.new(env, body)
    end

    # @param method [String]
    # @param path [String]
    # @param query_string [String, nil]
    # @param http_version [String]
    # @param headers [Hash{String => String}]
    # @param body [String, nil]
    # @param peer_address [String, nil]
    def initialize(method:, path:, query_string:, http_version:, headers:, body:, peer_address: nil)
      @method = method
      @path = path
      @query_string = query_string
      @http_version = http_version
      @headers = headers.frozen? ? headers : headers.dup.freeze
      @body = body
      @peer_address = peer_address
      freeze
    end

    # @param name [String] a field's name, in any case
    # @return [String, nil] its value
    def header(name)
      headers.fetch(name) { headers.find { |field, _| field.casecmp?(name) }&.last }
    end
  end
end

require_relative 'request/env_request'
