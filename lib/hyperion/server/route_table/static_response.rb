# frozen_string_literal: true

module Hyperion
  class Server
    class RouteTable
      # Builds the bytes of a {StaticEntry}, and refuses what must not go on the wire.
      #
      # @api private
      class StaticResponse
        TOKEN = /\A[!#$%&'*+\-.^_`|~0-9A-Za-z]+\z/
        CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/n

        # Fields that the server writes itself.
        RESERVED = %w[connection content-length content-type date transfer-encoding].freeze

        # Statuses that have no body and no length.
        BODILESS = [204, 304].freeze

        # Its body has the length 0.
        RESET = 205
        private_constant :TOKEN, :CONTROL, :RESERVED, :BODILESS, :RESET

        # @param body [String]
        # @param content_type [String]
        # @param status [Integer]
        # @param headers [Hash{String => String}]
        # @raise [ArgumentError]
        def initialize(body, content_type:, status:, headers:)
          raise ArgumentError, "body must be a String, not #{body.inspect}" unless body.is_a?(String)
          raise ArgumentError, "headers must be a Hash, not #{headers.inspect}" unless headers.is_a?(Hash)

          @body = body.b
          @status = checked_status(status)
          @content_type = checked_value('content_type', content_type)
          @headers = headers.to_h { |name, value| [checked_name(name), checked_value(name, value)] }
        end

        # @return [String] frozen; no Date
        def head
          lines = ["HTTP/1.1 #{@status} #{reason}"]
          lines << "content-type: #{@content_type}" unless bodiless?
          @headers.each { |name, value| lines << "#{name}: #{value}" }
          lines << "content-length: #{@body.bytesize}" unless bodiless?
          lines.map { |line| "#{line.b}\r\n" }.push("\r\n").join.freeze
        end

        # @return [String] frozen
        def bytes
          (head + @body).freeze
        end

        private

        def reason
          return 'OK' if @status == 200

          require 'rack/utils'
          Rack::Utils::HTTP_STATUS_CODES.fetch(@status, '')
        end

        def bodiless?
          BODILESS.include?(@status)
        end

        def checked_status(status)
          unless status.is_a?(Integer) && status.between?(200, 599)
            raise ArgumentError, "status must be an Integer from 200 to 599, not #{status.inspect}"
          end
          raise ArgumentError, "status #{status} allows no body" if [*BODILESS, RESET].include?(status) && !@body.empty?

          status
        end

        def checked_name(name)
          unless name.is_a?(String) && TOKEN.match?(name)
            raise ArgumentError, "header name must be a token: #{name.inspect}"
          end
          raise ArgumentError, "the server sets #{name} itself" if RESERVED.include?(name.downcase)

          name.downcase
        end

        def checked_value(name, value)
          raise ArgumentError, "#{name} must be a String, not #{value.inspect}" unless value.is_a?(String)
          raise ArgumentError, "#{name} must not have control characters: #{value.inspect}" if CONTROL.match?(value.b)

          value.b
        end
      end
      private_constant :StaticResponse

      # Builds an entry for {Server.handle_static}.
      #
      # @return [StaticEntry]
      # @raise [ArgumentError]
      # @api private
      def self.static_entry(method, path, body, content_type: 'text/plain', status: 200, headers: {})
        check(method, path)
        raise ArgumentError, "path must begin with /: #{path.inspect}" unless path.start_with?('/')

        response = StaticResponse.new(body, content_type: content_type, status: status, headers: headers)
        StaticEntry.new(method, path.dup.freeze, response.bytes, response.head.bytesize)
      end
    end
  end
end
