# frozen_string_literal: true

# Calls the Rails application of the specs for so many seconds, and prints the CPU time of a call in microseconds.

require_relative '../../spec/frameworks/rails_app/config/environment'

WARM_UP_SECONDS = 1

def call_app(env)
  status, _, body = Rails.application.call(env.dup)
  text = +''
  body.each { |part| text << part }
  body.close if body.respond_to?(:close)
  raise "answers #{status} #{text.inspect}" unless text == 'hello'
end

def calls_in(seconds, env)
  stop = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
  count = 0
  while Process.clock_gettime(Process::CLOCK_MONOTONIC) < stop
    call_app(env)
    count += 1
  end
  count
end

env = Rack::MockRequest.env_for('http://127.0.0.1:9292/hello', 'REMOTE_ADDR' => '127.0.0.1')
calls_in(WARM_UP_SECONDS, env)
before = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
count = calls_in(ARGV.fetch(0).to_f, env)
puts format('%.2f', (Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - before) / count * 1e6)
