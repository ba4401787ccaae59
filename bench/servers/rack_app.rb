# frozen_string_literal: true

# The Rack app of every Ruby contestant: hello, and 1 MiB under /large.

LARGE_BODY = ('x' * (1024 * 1024)).freeze

RACK_APP = lambda do |env|
  body = env['PATH_INFO'] == '/large' ? LARGE_BODY : 'hello'
  [200, { 'content-type' => 'text/plain', 'content-length' => body.bytesize.to_s }, [body]]
end
