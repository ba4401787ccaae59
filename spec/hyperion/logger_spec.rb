# frozen_string_literal: true

require 'stringio'

RSpec.describe Hyperion::Logger do
  let(:io) { StringIO.new }
  let(:logger) { described_class.new(io) }

  it 'writes one line of pairs an event' do
    logger.warn { { message: 'request hook failed', phase: :request_start, error: "a\nb" } }
    expect(io.string).to match(/\A\S+Z WARN message="request hook failed" phase=request_start error="a\\nb"\n\z/)
  end

  it 'takes a String for the message' do
    logger.error('out of memory')
    expect(io.string).to end_with(%( ERROR message="out of memory"\n))
  end

  it 'does not call the block below its level' do
    logger.level = :error
    expect { |block| logger.warn(&block) }.not_to yield_control
  end

  it 'writes bytes that are no text' do
    logger.info { { path: "/\xff".dup.force_encoding(Encoding::UTF_8) } }
    expect(io.string).to include('path="/\xFF"')
  end

  it 'refuses an unknown level' do
    expect { logger.level = :loud }.to raise_error(ArgumentError, /level must be one of debug, info, warn, error/)
  end

  it 'survives that nobody listens' do
    io.close_write
    expect { logger.info('hello') }.not_to raise_error
  end

  it 'can be used in a signal handler' do
    reader, writer = IO.pipe
    log = described_class.new(writer)
    previous = trap('USR2') { log.info('caught') }
    Process.kill('USR2', Process.pid)
    expect(reader.wait_readable(5)).to be_truthy
    expect(reader.readline).to include('message=caught')
  ensure
    trap('USR2', previous)
  end
end
