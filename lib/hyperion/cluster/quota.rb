# frozen_string_literal: true

require 'etc'

module Hyperion
  class Cluster
    # How long a worker may go on: so many requests, or so much memory. Who has had its share is replaced as in a
    # rolling restart.
    #
    # @api private
    class Quota
      PAGE_BYTES = Etc.sysconf(Etc::SC_PAGESIZE)
      private_constant :PAGE_BYTES

      # @param configuration [Configuration]
      def initialize(configuration)
        @requests = configuration.max_requests
        @requests += rand(0..configuration.max_requests_jitter) if @requests
        @bytes = configuration.max_memory_bytes
      end

      # @param requests [Integer] served so far
      # @return [Symbol, nil] which setting it has gone beyond
      def exceeded(requests)
        return :max_requests if @requests && requests >= @requests

        :max_memory_bytes if @bytes && resident_bytes > @bytes
      end

      private

      # 0 where the system does not tell.
      def resident_bytes
        File.read('/proc/self/statm').split[1].to_i * PAGE_BYTES
      rescue SystemCallError
        0
      end
    end
  end
end
