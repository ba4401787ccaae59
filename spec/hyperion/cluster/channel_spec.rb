# frozen_string_literal: true

require 'hyperion/launcher'

RSpec.describe Hyperion::Cluster::Channel do
  let(:sides) { described_class.pair }

  after { sides.each { |side| side.close unless side.to_io.closed? } }

  it 'brings messages whole and in order, whatever parts they come in' do
    mine, other = sides
    mine.tell(:first, word: "a\nb")
    mine.tell(:second)
    bytes = other.to_io.readpartial(1000)
    fresh, writer = described_class.pair
    came = bytes.each_char.flat_map do |byte|
      writer.to_io.write(byte)
      fresh.messages
    end
    expect(came).to eq([{ kind: 'first', word: "a\nb" }, { kind: 'second' }])
    [fresh, writer].each(&:close)
  end

  it 'brings descriptors with the messages that they belong to' do
    mine, other = sides
    pipes = Array.new(3) { IO.pipe }
    writers = pipes.map(&:last)
    mine.tell(:first, ios: writers.first(2), slot: 1)
    mine.tell(:second)
    mine.tell(:third, ios: writers.last(1))
    first, second, third = other.messages
    expect([first[:kind], first[:slot], second, third[:kind]]).to eq(['first', 1, { kind: 'second' }, 'third'])
    (first[:ios] + third[:ios]).each_with_index { |io, index| io.syswrite(index.to_s) }
    expect(pipes.map { |reader, _writer| reader.readpartial(10) }).to eq(%w[0 1 2])
  ensure
    [*pipes, first&.fetch(:ios), third&.fetch(:ios)].flatten.compact.each(&:close)
  end

  it 'says that the other side has gone, again and again' do
    mine, other = sides
    other.tell(:last)
    other.close
    expect(mine.messages).to eq([{ kind: 'last' }])
    3.times { expect(mine.messages).to eq([]) }
    expect(mine).to be_ended
    expect(mine.tell(:anything)).to be(false)
  end

  it 'does not wait for a side that does not read, and says that it is as good as gone' do
    mine, = sides
    told = Array.new(2000) { mine.tell(:word, text: 'x' * 1000) }
    expect(told.first).to be(true)
    expect(told.last).to be(false)
  end
end
