# frozen_string_literal: true

module Hyperion
  class Connection
    # A change of protocol that the application asks for by Rack's header `rack.protocol`: its streaming body gets the
    # connection behind a 101 (RFC 9110 section 7.8).
    #
    # @api private
    module Upgrade
      # The env's key for what the client offers, and the response's for what is chosen.
      HEADER = 'rack.protocol'

      module_function

      # @param triple [Array] the application's answer
      # @param env [Hash{String => Object}]
      # @return [Array] the same, or what changes the protocol
      def of(triple, env)
        _, headers, body = triple
        return triple unless headers.is_a?(Hash) && env[HEADER]&.include?(headers[HEADER]) && body.respond_to?(:call)

        [101, headers.merge('upgrade' => headers[HEADER], 'rack.hijack' => body), body]
      end
    end
  end
end
