# frozen_string_literal: true

require 'hyperion/rack_handler'

# Rack 2 has the registry itself; later it is the gem rackup's.
begin
  require 'rack/handler'
rescue LoadError
  require 'rackup/handler/hyperion'
end

# Rack's own.
module Rack
  # Of Rack 2: the servers by name.
  module Handler
    # See {::Hyperion::RackHandler}.
    module Hyperion
      extend ::Hyperion::RackHandler
    end

    register :hyperion, 'Rack::Handler::Hyperion' if respond_to?(:register)
  end
end
