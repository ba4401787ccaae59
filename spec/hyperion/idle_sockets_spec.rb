# frozen_string_literal: true

RSpec.describe Hyperion::IdleSockets do
  subject(:idle) { described_class.new }

  let(:pairs) { Array.new(2) { UNIXSocket.pair } }

  after { pairs.flatten.each(&:close) }

  it 'has none at first' do
    expect(idle).to be_empty
    expect(idle.displace).to be(false)
  end

  it 'knows a socket until it is idle no more' do
    idle.add(pairs[0][0])
    expect(idle).not_to be_empty
    idle.delete(pairs[0][0])
    expect(idle).to be_empty
  end

  it 'ends the one that has waited for longest, once' do
    pairs.each { |socket, _| idle.add(socket) }
    expect(idle.displace).to be(true)
    expect(pairs[0][0].read_nonblock(1, exception: false)).to be_nil
    expect(pairs[1][0].read_nonblock(1, exception: false)).to eq(:wait_readable)
    expect([idle.displace, idle.displace]).to eq([true, false])
  end

  it 'leaves to be read what has come' do
    pairs[0][1].write('last words')
    idle.add(pairs[0][0])
    idle.displace
    expect(pairs[0][0].read).to eq('last words')
    expect(pairs[0][0].write('answer')).to eq(6)
  end

  it 'does not mind a socket that has been closed' do
    idle.add(pairs[0][0])
    pairs[0][0].close
    expect(idle.displace).to be(true)
  end
end
