# frozen_string_literal: true

require_relative 'hyperion/version'
require 'hyperion/hyperion'

# A Rack server whose HTTP connection lifecycle runs in C: one engine accepts, reads, parses, routes, writes, times
# out and closes; Ruby runs the application, route blocks and hooks.
#
# @example
#   require 'hyperion'
#
#   app = ->(env) { [200, { 'content-type' => 'text/plain' }, ["hello\n"]] }
#   Hyperion::Server.handle_static(:GET, '/health', "ok\n")
#   Hyperion::Server.new(app: app, port: 9292).start
module Hyperion
  class << self
    # Where Hyperion writes what went wrong; one line an event.
    #
    # @return [Hyperion::Logger, #warn] the process's logger
    # @example
    #   Hyperion.logger.warn { { message: 'disk full', free_bytes: 0 } }
    def logger
      @logger ||= Logger.new
    end

    # @return [Object] anything with `debug`, `info`, `warn` and `error` that take a block
    attr_writer :logger
  end
end

require_relative 'hyperion/logger'
require_relative 'hyperion/limited_logger'
require_relative 'hyperion/configuration'
require_relative 'hyperion/request'
require_relative 'hyperion/runtime'
require_relative 'hyperion/scoreboard'
require_relative 'hyperion/vitals'
require_relative 'hyperion/metrics'
require_relative 'hyperion/rack_env'
require_relative 'hyperion/afterwards'
require_relative 'hyperion/connection'
require_relative 'hyperion/http/hijack'
require_relative 'hyperion/http/page_cache'
require_relative 'hyperion/server'
