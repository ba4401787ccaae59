# frozen_string_literal: true

require_relative '../servers/bodies'
require_relative 'workload'

module Bench
  # All workloads, in the order of the page.
  module Workloads
    # Without compression: some servers do it themselves, others leave it to the application, and work would differ.
    TEN_HEADERS = {
      'User-Agent' => 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      'Accept' => 'application/json, text/plain, */*', 'Accept-Language' => 'en-GB,en;q=0.7,de;q=0.3',
      'Accept-Encoding' => 'identity', 'Referer' => 'http://127.0.0.1/orders', 'Cache-Control' => 'no-cache',
      'Cookie' => "session=#{'0123456789abcdef' * 8}", 'X-Request-Id' => '6f9619ff-8b86-d011-b42d-00c04fc964ff',
      'X-Requested-With' => 'XMLHttpRequest', 'Sec-Fetch-Mode' => 'cors'
    }.freeze
    SLOW = Workload.new(name: 'slow ones', kind: :rack, path: '/sleep50', connections: 4)
    LONG = Workload.new(name: 'long ones', kind: :rack, path: '/cpu20')
    BUSY = Workload.new(name: 'busy ones', kind: :rack, path: '/cpu', connections: 20)
    SLOW_CLIENTS = 200

    STATIC = [
      { name: 'static hello', path: '/', rate: 2000 },
      { name: 'static hello, 1 connection', path: '/', rate: 1000, connections: 1 },
      { name: 'static hello, 400 connections', path: '/', rate: 2000, connections: 400 },
      { name: 'static hello, 2,000 connections', path: '/', rate: 2000, connections: 2000, times: 4 },
      { name: 'static hello, 10,000 connections', path: '/', rate: 2000, connections: 10_000 },
      { name: 'static hello, 16 pipelined', path: '/', rate: 2000, pipelined: 16 },
      { name: 'static hello, a connection each', path: '/', rate: 500, fresh: true },
      { name: 'static 4 KiB', path: '/static/4k', rate: 2000, expected: Bodies::STATIC['/static/4k'] },
      { name: 'static 64 KiB', path: '/static/64k', rate: 500, expected: Bodies::STATIC['/static/64k'] },
      { name: 'static 1 MiB', path: '/static/1m', rate: 50, connections: 8, expected: Bodies::STATIC['/static/1m'] },
      { name: 'static hello, slow clients beside', path: '/', rate: 1000, connections: 8, times: 4,
        beside: :slow_clients }
    ].map { |settings| Workload.new(kind: :static, **settings) }.freeze

    RACK = [
      { name: 'Rack hello', rate: 2000 },
      { name: 'Rack hello, 1 connection', rate: 1000, connections: 1 },
      { name: 'Rack hello, 2,000 connections', rate: 1000, connections: 2000 },
      { name: 'Rack hello, 16 pipelined', rate: 1000, pipelined: 16 },
      { name: 'Rack hello, a connection each', rate: 500, fresh: true },
      { name: 'Rack JSON, ten headers', path: '/json', rate: 500, headers: TEN_HEADERS, expected: Bodies.json },
      { name: 'Rack POST of 10 KiB', path: '/post', rate: 500, body: 'x' * 10_240, expected: '10240' },
      { name: 'Rack streaming', path: '/stream', rate: 500, expected: Bodies::PIECE * Bodies::PIECES },
      { name: 'Rack, sleeps 5 ms', path: '/sleep', rate: 300, times: 3, layout: :sleep },
      { name: 'Rack, 2 ms of CPU', path: '/cpu', rate: 100 },
      { name: 'mixed: 90 % hello, 10 % 20 ms of CPU', rate: 120, times: 10, other: LONG, one_in: 10, layout: :mixed },
      { name: 'Rack hello, slow requests beside', rate: 500, connections: 8, beside: SLOW },
      { name: 'Rack hello, slow clients beside', rate: 500, connections: 8, beside: :slow_clients }
    ].map { |settings| Workload.new(kind: :rack, **{ path: '/rack' }.merge(settings)) }.freeze

    OF_HYPERION = [
      Workload.new(name: 'route block', kind: :block, path: '/block', rate: 2000),
      Workload.new(name: 'Rack hello, 1, 5 and 16 threads', kind: :threads, path: '/rack', rate: 2000),
      Workload.new(name: 'static hello, every worker busy', kind: :both, path: '/', rate: 1000, connections: 8,
                   beside: BUSY)
    ].freeze

    RAILS = [
      { name: 'Rails hello', path: '/hello' },
      { name: 'Rails page with a form', path: '/', expected: %r{<form.*</form>}m } # its token is another each time
    ].map { |settings| Workload.new(kind: :rails, rate: 100, connections: 20, times: 4, **settings) }.freeze

    ALL = [*STATIC, *OF_HYPERION, *RACK, *RAILS].freeze

    # Those that are called so; where none is, those with this in their name. All, when there are no parts.
    def self.named(parts)
      return ALL if parts.empty?

      parts.flat_map { |part| exactly(part) || ALL.select { |one| one.name.include?(part) } }.uniq
    end

    def self.exactly(name)
      found = ALL.find { |one| one.name == name }
      found && [found]
    end
    private_class_method :exactly
  end
end
