# frozen_string_literal: true

require 'rackup/handler'
require 'hyperion/rack_handler'

# The gem rackup's own.
module Rackup
  # The servers by name.
  module Handler
    # See {::Hyperion::RackHandler}.
    Hyperion = ::Hyperion::RackHandler

    register :hyperion, Hyperion
  end
end
