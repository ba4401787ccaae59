# frozen_string_literal: true

# Hyperion with a static route, a route block and a Rack app: the server of all contestants of that name.
# Usage: ruby -I lib bench/servers/hyperion.rb PORT [THREADS]

require 'hyperion'
require_relative 'rack_app'

Hyperion::Server.handle_static(:GET, '/', 'hello')
Bodies::STATIC.each { |path, body| Hyperion::Server.handle_static(:GET, path, body) }
Hyperion::Server.handle(:GET, '/block') { |_env| [200, { 'content-type' => 'text/plain' }, ['hello']] }

server = Hyperion::Server.new(app: RackApp.new, host: '127.0.0.1', port: Integer(ARGV.fetch(0)),
                              thread_count: Integer(ARGV.fetch(1, 5)))
trap('TERM') { Thread.new { server.stop } }
server.start
