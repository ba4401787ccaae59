# frozen_string_literal: true

require_relative '../servers/bodies'
require_relative 'workload'

module Bench
  # What both backends are asked for: static bodies of several sizes, by few connections and many, kept and closed; and
  # Ruby by 50 of them.
  module BackendWorkloads
    SIZES = { '5 B' => '/', '4 KiB' => '/static/4k', '64 KiB' => '/static/64k', '1 MiB' => '/static/1m' }.freeze
    CONNECTIONS = [1, 50, 400, 2000].freeze
    LIMIT_CONNECTIONS = [50, 400, 2000, 8000].freeze
    LARGE_BYTES = { '64 KiB' => 65_536, '1 MiB' => 1_048_576 }.freeze
    RUBY = [
      Workload.new(name: 'Rack hello', kind: :rack, path: '/rack'),
      Workload.new(name: 'route block', kind: :block, path: '/block')
    ].freeze

    module_function

    # Of this size, kept alive or closed after each answer.
    def static(size, connections, fresh: false)
      path = SIZES.fetch(size)
      Workload.new(name: "static #{size}, #{told(connections)}#{', closed' if fresh}", kind: :static, path: path,
                   connections: connections, fresh: fresh, expected: Bodies::STATIC.fetch(path, 'hello'))
    end

    def told(connections)
      connections == 1 ? '1 connection' : "#{connections} connections"
    end

    def all
      kept_or_closed = SIZES.keys.product(CONNECTIONS, [false, true])
      kept_or_closed.map! { |size, connections, fresh| static(size, connections, fresh: fresh) }
      (kept_or_closed + of_limits + RUBY).uniq
    end

    # What a C server that sends nothing else is asked for.
    def large(bytes)
      Workload.new(name: "#{bytes} bytes by C, 50 connections", kind: :static, path: '/', expected: 'x' * bytes)
    end

    # Those that the limits are measured at too.
    def of_limits
      LIMIT_CONNECTIONS.map { |connections| static(SIZES.keys.first, connections) }
    end
  end
end
