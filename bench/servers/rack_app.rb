# frozen_string_literal: true

require_relative 'bodies'

# The Rack app of every Ruby contestant: hello wherever nothing else is said here.
class RackApp
  TEXT = { 'content-type' => 'text/plain' }.freeze
  LARGE_BODY = ('x' * (1024 * 1024)).freeze
  HUGE_BODY = ('x' * (8 * 1024 * 1024)).freeze

  # A body of several pieces, whose length is not told.
  class Stream
    def each
      Bodies::PIECES.times { yield Bodies::PIECE }
    end
  end

  def call(env)
    case env['PATH_INFO']
    when '/json' then answer(Bodies.json, 'application/json')
    when '/post' then answer(env['rack.input'].read.bytesize.to_s)
    when '/stream' then [200, TEXT.dup, Stream.new]
    when '/sleep' then answer_after { sleep 0.005 }
    when '/sleep50' then answer_after { sleep 0.05 }
    when '/cpu' then answer_after { spend_cpu(0.002) }
    when '/cpu20' then answer_after { spend_cpu(0.02) }
    when '/large' then answer(LARGE_BODY)
    when '/huge' then answer(HUGE_BODY)
    else answer('hello')
    end
  end

  private

  def answer_after
    yield
    answer('hello')
  end

  def answer(body, type = 'text/plain')
    [200, { 'content-type' => type, 'content-length' => body.bytesize.to_s }, [body]]
  end

  def spend_cpu(seconds)
    stop = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) + seconds
    nil while Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) < stop
  end
end
