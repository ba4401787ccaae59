# frozen_string_literal: true

require 'digest'
require 'securerandom'

module Hyperion
  module Control
    # What those must know who command a server.
    #
    # @api private
    class Token
      # Stands for no secret at all.
      NONE = 'none'

      # Of one that is made up.
      BYTES = 16

      # @return [String] the secret, or {NONE}
      attr_reader :secret

      # @param secret [String, nil] nil: one is made up
      def initialize(secret)
        @made_up = secret.nil?
        @secret = secret || SecureRandom.hex(BYTES)
        @digest = digest(@secret)
      end

      # @return [Boolean] whether nobody has chosen it, so that it has to be told
      def made_up?
        @made_up
      end

      # Takes the same time wherever the two differ, and however long they are.
      #
      # @param offered [String, nil]
      # @return [Boolean]
      def accepts?(offered)
        return true if @secret == NONE

        digest(offered.to_s).zip(@digest).reduce(0) { |difference, (one, other)| difference | (one ^ other) }.zero?
      end

      private

      def digest(text)
        Digest::SHA256.digest(text).bytes
      end
    end
  end
end
