# frozen_string_literal: true

module Hyperion
  class Server
    class RouteTable
      # A route served by a block that takes a Rack env and answers a Rack triple.
      #
      # @!attribute [rw] method
      #   @return [Symbol]
      # @!attribute [rw] path
      #   @return [String]
      # @!attribute [rw] block
      #   @return [#call]
      DynamicBlockEntry = Struct.new(:method, :path, :block) do # rubocop:disable Lint/StructNewOverride -- public API
        # @param request [Request, Hash] a request, or a Rack env
        # @return [Array] the block's Rack triple
        def call(request)
          block.call(request.is_a?(Request) ? RackEnv.of_request(request) : request)
        end
      end
    end
  end
end
