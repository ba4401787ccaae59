# frozen_string_literal: true

require 'capybara'
require_relative 'rack_handler'

# Lets Hyperion serve the pages of Capybara's tests.
#
# @example
#   require 'hyperion/capybara'
#   Capybara.server = :hyperion, { Threads: 4 }
Capybara.register_server :hyperion do |app, port, host, **options|
  settings = Hyperion::RackHandler::Options.new({ Host: host, Port: port, **options }).settings
  Hyperion::Server.new(app: app, **settings).start
end
