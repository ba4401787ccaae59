# frozen_string_literal: true

# The server of script/soak and script/slowhttptest: a static route, and an application that echoes bodies or answers a
# large one. Its limits are tight, or with --defaults Hyperion's own.
# Usage: ruby -I lib test/soak/server.rb [--defaults] [LOOP]; tells its port. LOOP is a backend, or ruby.

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
wanted = ARGV[0]
in_ruby = wanted == 'ruby'
ENV['HYPERION_C_ACCEPT_LOOP'] = '0' if in_ruby
Hyperion::Server.handle_static(:GET, '/static', 'static')
server = Hyperion::Server.new(app: APP, port: 0, thread_count: 5, backend: (wanted unless in_ruby), **limits)
trap('TERM') { Thread.new { server.stop } }
server.start do
  abort "#{server.loop_name} serves, not #{wanted}" unless [nil, server.loop_name].include?(wanted)
  $stdout.puts server.port
  $stdout.flush
end
