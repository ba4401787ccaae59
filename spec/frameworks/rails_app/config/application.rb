# frozen_string_literal: true

require 'logger'
require 'rails'
require 'action_controller/railtie'
require 'action_view/railtie'
require 'action_cable/engine'

$stdout.sync = true # the specs read the log while it is written

# A small Rails application: pages, forms, JSON, server-sent events and a channel; no database.
class FrameworkApp < Rails::Application
  config.root = File.expand_path('..', __dir__)
  config.load_defaults Rails::VERSION::STRING.to_f
  config.eager_load = Rails.env.production?
  config.enable_reloading = !Rails.env.production?
  config.secret_key_base = 'only for tests ' * 8
  config.hosts.clear
  config.consider_all_requests_local = !Rails.env.production?
  config.public_file_server.enabled = false
  config.action_cable.disable_request_forgery_protection = true
  config.action_cable.cable = { 'adapter' => 'async' }
  # No file is written:
  config.paths['log'] = File::NULL # rails server also logs to its standard output
  next_to_nothing = Rails.env.production? # is logged: benchmarks run so
  config.logger = Logger.new(IO::NULL) if next_to_nothing
  config.log_level = :fatal if next_to_nothing
end
