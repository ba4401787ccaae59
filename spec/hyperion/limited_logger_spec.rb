# frozen_string_literal: true

RSpec.describe Hyperion::LimitedLogger do
  let(:log) { CollectedLog.new }
  let(:clock) { { now: 100.0 } }
  let(:logger) { described_class.new(log, lines: 2, clock: -> { clock[:now] }) }

  def told
    log.events.map(&:fields)
  end

  it 'passes events on as they are' do
    logger.warn { { message: 'a', b: 1 } }
    logger.error('text')
    logger.info { { message: 'i' } }
    logger.debug('d')
    expect(log.events.map { |event| [event.level, event.fields] })
      .to eq([[:warn, { message: 'a', b: 1 }], [:error, { message: 'text' }], [:info, { message: 'i' }],
              [:debug, { message: 'd' }]])
  end

  it 'withholds what comes too often, and tells how much with the next line of its kind' do
    5.times { |i| logger.error { { message: 'a', number: i } } }
    clock[:now] += 1
    2.times { |i| logger.error { { message: 'a', number: 5 + i } } }
    expect(told).to eq([{ message: 'a', number: 0 }, { message: 'a', number: 1 },
                        { message: 'a', number: 5, withheld: 3 }, { message: 'a', number: 6 }])
  end

  it 'tells kinds apart by message and class of the error' do
    3.times { logger.error { { message: 'a', error_class: 'X' } } }
    logger.error { { message: 'a', error_class: 'Y' } }
    logger.error { { message: 'b', error_class: 'X' } }
    expect(told.map { |event| event.values_at(:message, :error_class) })
      .to eq([%w[a X], %w[a X], %w[a Y], %w[b X]])
  end

  it 'withholds no information that was asked for' do
    5.times { logger.info { { message: 'i' } } }
    expect(told.size).to eq(5)
  end

  it 'tells what is left at its end, once' do
    4.times { logger.warn { { message: 'a' } } }
    2.times { logger.flush }
    expect(told.last).to eq(message: 'a', withheld: 2)
    expect(told.size).to eq(3)
  end

  it 'stays small however many kinds there are' do
    1000.times { |i| logger.warn { { message: "m#{i}" } } }
    expect(told.size).to eq(1000)
    4.times { logger.warn { { message: 'm0' } } }
    expect(told.size).to eq(1002) # m0 was forgotten
  end
end
