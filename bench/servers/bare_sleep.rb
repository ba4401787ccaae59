# frozen_string_literal: true

# Threads that do nothing but sleep, as long as a request to /sleep does: what no server on as many threads can exceed
# on this machine. Usage: ruby bench/servers/bare_sleep.rb THREADS SECONDS; prints one line of JSON.

require 'json'
require_relative '../lib/statistics'

SLEEP_SECONDS = 0.005

def now
  Process.clock_gettime(Process::CLOCK_MONOTONIC)
end

# How long each sleep took, in milliseconds.
def sleep_until(stop)
  taken = []
  while (start = now) < stop
    sleep SLEEP_SECONDS
    taken << (now - start) * 1000
  end
  taken
end

threads, seconds = ARGV
seconds = Float(seconds)
spent = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
stop = now + seconds
taken = Array.new(Integer(threads)) { Thread.new { sleep_until(stop) } }.flat_map(&:value)
spent = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - spent

shares = { p50: 0.5, p99: 0.99, p999: 0.999 }
puts JSON.generate({ cpu: spent / taken.size * 1e6, per_second: taken.size / seconds,
                     **shares.transform_values { |share| Bench::Statistics.percentile(taken, share) } })
