# frozen_string_literal: true

require 'rackup/handler'
require 'hyperion/rack_handler'

# The gem rackup's own.
module Rackup
  # The servers by name.
  module Handler
    # See {::Hyperion::RackHandler}. A module of its own, since Rails tells its name.
    module Hyperion
      extend ::Hyperion::RackHandler
    end

    register :hyperion, Hyperion
  end
end
