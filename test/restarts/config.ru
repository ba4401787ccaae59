# frozen_string_literal: true

run lambda { |_env|
  sleep(rand * 0.05)
  [200, { 'content-type' => 'text/plain' }, [Process.pid.to_s]]
}
