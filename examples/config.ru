# frozen_string_literal: true

# A small application served by Hyperion: a page with a form, a JSON API, a health check that never enters Ruby, and a
# route block.
#
#   hyperion examples/config.ru
#   curl http://127.0.0.1:9292/

require 'hyperion'
require_relative 'notes'

# Built once, sent by the C loop: answers while every thread is busy.
Hyperion::Server.handle_static(:GET, '/health', "ok\n", headers: { 'cache-control' => 'no-store' })

# Ruby, but without the application and its middleware.
Hyperion::Server.handle(:GET, '/time') do |_env|
  [200, { 'content-type' => 'text/plain' }, ["#{Time.now.utc}\n"]]
end

use Rack::ContentLength
run Notes.new
