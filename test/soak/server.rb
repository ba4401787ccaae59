# frozen_string_literal: true

# The server of script/soak and script/slowhttptest: a static route, and an application that echoes bodies or answers a
# large one. Its limits are tight, or with --defaults Hyperion's own.
# Usage: ruby -I lib test/soak/server.rb [--defaults] [BACKEND]; tells its port.

require 'hyperion'

SHARED = ('x' * (1024 * 1024)).freeze
APP = lambda do |env|
  body = case env['PATH_INFO']
         when '/large' then SHARED
         when '/echo' then env['rack.input'] ? env['rack.input'].read : ''
         else 'hello'
         end
  [200, { 'content-type' => 'application/octet-stream', 'content-length' => body.bytesize.to_s }, [body]]
end

TIGHT = { max_connections: 1000, max_body_bytes: 8 * 1024 * 1024, head_timeout: 2, body_timeout: 2, write_timeout: 2,
          min_body_rate: 1000, min_write_rate: 1000, idle_timeout: 10, linger_timeout: 1 }.freeze

limits = ARGV.delete('--defaults') ? {} : TIGHT
Hyperion::Server.handle_static(:GET, '/static', 'static')
server = Hyperion::Server.new(app: APP, port: 0, thread_count: 5, backend: ARGV[0], **limits)
trap('TERM') { Thread.new { server.stop } }
server.start do
  abort "#{server.loop_name} serves, not #{ARGV[0]}" unless [nil, server.loop_name].include?(ARGV[0])
  $stdout.puts server.port
  $stdout.flush
end
