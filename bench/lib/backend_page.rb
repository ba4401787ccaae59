# frozen_string_literal: true

require_relative 'backend_workloads'

module Bench
  # The figures of both backends in Markdown, and the page that has them between two marks, its prose untouched.
  class BackendPage
    FIRST_MARK = "<!-- bench/backends writes what follows -->\n"
    LAST_MARK = '<!-- bench/backends has written this -->'
    WORSE = 1.05 # a ratio above this is set in bold

    # limits: the contestants that are the least on epoll and on io_uring; sends: by number of bytes, those that copy
    # and those that do not; about: lines on machine and measurement.
    def initialize(results, epoll:, io_uring:, limits:, sends:, about:)
      @results = results
      @epoll = epoll
      @io_uring = io_uring
      @limits = limits
      @sends = sends
      @about = about
    end

    def to_s
      [about, static(false), static(true), ruby, alone, limits, sends, failures].compact.join("\n").chomp
    end

    # The text of a page with these figures in place of those that it had. Raises ArgumentError without both marks.
    def put_into(text)
      before, first, rest = text.partition(FIRST_MARK)
      _, last, after = rest.partition(LAST_MARK)
      raise ArgumentError, 'the page has no place for the figures' if first.empty? || last.empty?

      "#{before}#{first}\n#{self}\n#{last}#{after}"
    end

    private

    def about
      "#{@about.map { |line| "- #{line}\n" }.join}- CPU µs per request: epoll / io_uring, and in brackets the " \
        "ratio of io_uring to epoll (median of the rounds' ratios; **bold** above #{WORSE})\n"
    end

    def static(fresh)
      table("Static, #{fresh ? 'a connection for each request' : 'keep-alive'}",
            ['body', *BackendWorkloads::CONNECTIONS.map { |count| BackendWorkloads.told(count) }],
            BackendWorkloads::SIZES.keys.map { |size| static_row(size, fresh) })
    end

    def static_row(size, fresh)
      [size, *BackendWorkloads::CONNECTIONS.map { |count| pair(BackendWorkloads.static(size, count, fresh: fresh)) }]
    end

    def ruby
      table('Ruby, 50 connections, 5 threads', ['work', 'epoll / io_uring'],
            BackendWorkloads::RUBY.map { |workload| [workload.name, pair(workload)] })
    end

    # With one connection it is not the CPU that limits, but how long an answer takes.
    def alone
      rows = BackendWorkloads::SIZES.keys.map do |size|
        workload = BackendWorkloads.static(size, 1)
        [size, *[@epoll, @io_uring].map { |one| number(@results.median(one, workload, :per_second), 0) }]
      end
      table('Requests/s of one connection, keep-alive', %w[body epoll io_uring], rows)
    end

    def limits
      rows = BackendWorkloads.of_limits.map do |workload|
        [workload.connections, *{ @epoll => @limits.first, @io_uring => @limits.last }.flat_map do |ours, limit|
          [number(@results.median(limit, workload)), number(@results.ratio(ours, limit, workload))]
        end]
      end
      table('Static hello beside the least that a C server does',
            ['connections', 'limit on epoll, µs', '× by Hyperion', 'limit on io_uring, µs', '× by Hyperion'], rows)
    end

    def sends
      rows = BackendWorkloads::LARGE_BYTES.map do |size, bytes|
        workload = BackendWorkloads.large(bytes)
        costs = @sends.fetch(bytes).map { |contestant| number(@results.median(contestant, workload)) }
        [size, *costs, number(@results.ratio(*@sends.fetch(bytes).reverse, workload))]
      end
      table('Sends with and without a copy, by the C server on io_uring, 50 connections',
            ['body', 'with, µs', 'without, µs', 'ratio'], rows)
    end

    def failures
      return if @results.failures.empty?

      "#{@results.failures.tally.map { |what, count| "- #{what} (rounds: #{count})\n" }.join}"
    end

    def table(title, head, rows)
      lines = [head, ['---', *head.drop(1).map { '---:' }], *rows].map { |cells| "| #{cells.join(' | ')} |" }
      ["## #{title}\n", *lines, ''].join("\n")
    end

    def pair(workload)
      costs = [@epoll, @io_uring].map { |contestant| number(@results.median(contestant, workload)) }
      "#{costs.join(' / ')} (#{told_ratio(@results.ratio(@io_uring, @epoll, workload))})"
    end

    def told_ratio(ratio)
      text = number(ratio)
      ratio && ratio > WORSE ? "**#{text}**" : text
    end

    def number(value, digits = 2)
      value ? format("%.#{digits}f", value) : '-'
    end
  end
end
