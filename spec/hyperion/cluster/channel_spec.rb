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
