# frozen_string_literal: true

module Frameworks
  # For examples that talk over a WebSocket, to a Rails server in `@rails`.
  module Hijack
    def skip_without_hijack
      facts = JSON.parse(connect(@rails.port).get('/facts').body)
      skip('this Hyperion has no full hijack') unless facts['hijack']
    end
  end
end
