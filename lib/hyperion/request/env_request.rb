# frozen_string_literal: true

module Hyperion
  class Request
    # A request that looks its fields up in a Rack env, so that one which nobody asks costs next to nothing.
    class EnvRequest < Request
      # Fields that a Rack env holds without the prefix.
      UNPREFIXED = { 'CONTENT_TYPE' => 'content-type', 'CONTENT_LENGTH' => 'content-length' }.freeze
      private_constant :UNPREFIXED

      # @return [Hash{String => Object}] the Rack env
      attr_reader :env

      # @param env [Hash{String => Object}]
      # @param body [String, nil]
      def initialize(env, body = nil) # rubocop:disable Lint/MissingSuper -- the env has what super would keep
        @env = env
        @body = body
        freeze
      end

      # (see Request#method)
      def method
        @env['REQUEST_METHOD']
      end

      # (see Request#path)
      def path
        @env['PATH_INFO']
      end

      # (see Request#query_string)
      def query_string
        query = @env['QUERY_STRING']
        query unless query.nil? || query.empty?
      end

      # (see Request#http_version)
      def http_version
        @env['SERVER_PROTOCOL']
      end

      # (see Request#peer_address)
      def peer_address
        @env['REMOTE_ADDR']
      end

      # @return [Hash{String => String}] lower-case field names to values; built anew by each call
      def headers
        @env.each_with_object({}) do |(key, value), fields|
          name = field_name(key)
          fields[name] = value if name
        end
      end

      # (see Request#header)
      def header(name)
        key = name.upcase.tr('-', '_')
        @env[UNPREFIXED.key?(key) ? key : "HTTP_#{key}"]
      end

      private

      def field_name(key)
        key.start_with?('HTTP_') ? key.delete_prefix('HTTP_').downcase.tr('_', '-') : UNPREFIXED[key]
      end
    end
    private_constant :EnvRequest
  end
end
