# frozen_string_literal: true

module Hyperion
  class Server
    class RouteTable
      # A Date as long as every other.
      DATE_SLOT = 'Thu, 01 Jan 1970 00:00:00 GMT'
      private_constant :DATE_SLOT

      # A route whose response was built once. `buffer` is the whole response, head and body, without a Date, which
      # is added when it is sent.
      #
      # @!attribute [rw] method
      #   @return [Symbol]
      # @!attribute [rw] path
      #   @return [String]
      # @!attribute [rw] buffer
      #   @return [String] the response's bytes
      # @!attribute [rw] head_bytes
      #   @return [Integer, nil] bytes of the head, when they are known; nil: up to the first empty line
      StaticEntry = Struct.new(:method, :path, :buffer, :head_bytes) do # rubocop:disable Lint/StructNewOverride -- public API
        # The response's bytes: head with lower-case names and no Date, then body.
        #
        # @return [String] frozen
        def response_bytes
          buffer.frozen? ? buffer : buffer.dup.freeze
        end

        # @return [Integer] bytes of the head, with the empty line that ends it
        def headers_bytesize
          head_bytes || head_end
        end

        # @param _request [Request]
        # @return [self] who serves it knows a static entry
        def call(_request)
          self
        end

        # What is sent, with the slot that takes the current Date.
        #
        # @return [Array(String, Integer, Integer)] bytes, bytes of the body, offset of the 29 bytes of the Date (0:
        #   none)
        # @raise [ArgumentError] when `buffer` is no String
        # @api private
        def wire
          raise ArgumentError, "buffer must be a String, not #{buffer.inspect}" unless buffer.is_a?(String)

          bytes = buffer.b
          status_line = bytes.index("\r\n")
          return [bytes, 0, 0] unless status_line && headers_bytesize.positive?

          offset = status_line + 2
          [bytes.insert(offset, "date: #{DATE_SLOT}\r\n"), buffer.bytesize - headers_bytesize, offset + 6]
        end

        private

        def head_end
          empty_line = buffer.b.index("\r\n\r\n")
          empty_line ? empty_line + 4 : 0
        end
      end
    end
  end
end

require_relative 'static_response'
