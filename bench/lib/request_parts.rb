# frozen_string_literal: true

module Bench
  # Where the instructions of Hyperion's requests go, by the sources that spend them. What Ruby and the C library do for
  # a source counts as the source's own, but for what they call back: that is its source's again.
  class RequestParts
    OURS = %r{/hyperion\.so\z}
    ENV = 'env'
    APPLICATION = 'application'
    WORKER = 'worker: from job to job, GVL'
    REST = 'the rest'
    PARTS = {
      'loop: events, receive, send, timers' => /\A(loop|backend|uring|timers|clock|conn_pool)/,
      'connection: parse, route, frame' => /\A(conn|parser|scan|target|authority|framing|forwarded|networks|routes?|
                                              response|request\.|reply|body|buf|chunked|method|log|access_log|status|
                                              proxy_header|health|hijack|scoreboard|engine_limits)/x,
      'queue, wakes' => /\A(request_queue|nudge|crew|recall|outbox|wake|thread|errand)/,
      ENV => /\Arb_(env|body|claim)/,
      APPLICATION => nil,
      'answer: head and body' => /\Arb_(response|stream|file|coding|hold|line)/,
      WORKER => //
    }.freeze
    CALLING_SOURCE = 'rb_serve.c'
    CALL = 'rb_funcallv'

    def initialize(dump)
      @dump = dump
    end

    # Instructions by part, what no part has spent at the end.
    def to_h
      sums = PARTS.transform_values { 0 }
      @dump.own.each { |function, cost| sums[part_of(function)] += cost if ours?(function) }
      @dump.calls.each { |(from, to), cost| move(sums, from, to, cost) }
      sums.merge(REST => @dump.total - sums.values.sum)
    end

    private

    def move(sums, from, to, cost)
      if ours?(from) && !ours?(to)
        sums[calls_application?(from, to) ? APPLICATION : part_of(from)] += cost
      elsif ours?(to) && !ours?(from)
        sums[part_around(to)] -= cost
      end
    end

    def ours?(function)
      OURS.match?(function.object)
    end

    def part_of(function)
      source = File.basename(function.file)
      PARTS.find { |_, sources| sources&.match?(source) }.first
    end

    def calls_application?(from, to)
      File.basename(from.file) == CALLING_SOURCE && to.name == CALL
    end

    # For which part Ruby runs, when it calls this: a callback is in the source that asked for it; methods of what an
    # env holds are called by the application.
    def part_around(function)
      part = part_of(function)
      part == ENV ? APPLICATION : part
    end
  end
end
