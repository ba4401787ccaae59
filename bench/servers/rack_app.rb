# frozen_string_literal: true

# The Rack app of every Ruby contestant: hello, after 5 ms of sleep under /sleep, 1 MiB under /large and 8 MiB under
# /huge.

LARGE_BODY = ('x' * (1024 * 1024)).freeze
HUGE_BODY = ('x' * (8 * 1024 * 1024)).freeze
SLEEP_SECONDS = 0.005
BODIES = Hash.new('hello').merge!('/large' => LARGE_BODY, '/huge' => HUGE_BODY).freeze

RACK_APP = lambda do |env|
  sleep SLEEP_SECONDS if env['PATH_INFO'] == '/sleep'
  body = BODIES[env['PATH_INFO']]
  [200, { 'content-type' => 'text/plain', 'content-length' => body.bytesize.to_s }, [body]]
end
