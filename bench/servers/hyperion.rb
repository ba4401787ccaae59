# frozen_string_literal: true

# Hyperion with a static route, a route block and a Rack app: the server of all contestants of that name.
# Usage: ruby -I lib bench/servers/hyperion.rb PORT [THREADS [ACCESS_LOG FORMAT]]
# With a log it has metrics and a health route, too. LOOPS in the environment: as many event loops, each with a listener
# of its own, or with LISTENER=shared all with the same.

require 'hyperion'
require_relative 'rack_app'

Hyperion::Server.handle_static(:GET, '/', 'hello')
Bodies::STATIC.each { |path, body| Hyperion::Server.handle_static(:GET, path, body) }
Hyperion::Server.handle(:GET, '/block') { |_env| [200, { 'content-type' => 'text/plain' }, ['hello']] }

port, threads, log, format = ARGV
everything = { access_log: log, access_log_format: format&.to_sym, metrics_path: '/metrics', health_path: '/up' }
loops = Integer(ENV.fetch('LOOPS', 1))
listener = Hyperion::Listener.open(["tcp://127.0.0.1:#{port}"]) if ENV['LISTENER'] == 'shared'
server = Hyperion::Server.new(app: RackApp.new, host: '127.0.0.1', port: Integer(port),
                              thread_count: Integer(threads || 5), loops: loops,
                              listener: listener && Hyperion::Listener.new(listener.endpoints, loops),
                              **(log ? everything : {}))
trap('TERM') { Thread.new { server.stop } }
server.start
