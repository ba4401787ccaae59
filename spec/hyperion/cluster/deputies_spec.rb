# frozen_string_literal: true

require 'hyperion/launcher'

RSpec.describe Hyperion::Cluster::Deputies do
  let(:deputies) { described_class.new(log) }
  let(:slots) { Array.new(3) { |index| Hyperion::Cluster::Slot.new(index, ["socket #{index}"], workers[index]) } }

  let(:workers) do
    Array.new(4) do |index|
      channel = instance_double(Hyperion::Cluster::Channel, tell: true)
      instance_double(Hyperion::Cluster::WorkerHandle, index: index, pid: 100 + index, age: 1, state: :serving,
                                                       leave: nil, channel: channel)
    end
  end

  def told(worker)
    worker.channel
  end

  it 'has another worker accept while there is none, and no longer' do
    slots[0].lost(workers[0])
    2.times { deputies.step(slots) }
    expect(told(workers[1])).to have_received(:tell).with(:deputise, slot: 0, ios: ['socket 0']).once

    forker = instance_double(Hyperion::Cluster::Forker, fork_worker: workers[3])
    slots[0].start(forker)
    deputies.step(slots)
    slots[0].take_over(30)
    2.times { deputies.step(slots) }
    expect(told(workers[1])).to have_received(:tell).with(:relieve, slot: 0).once
    expect(told(workers[2])).not_to have_received(:tell)
  end

  it 'shares this among those who are there, and finds another for one who goes' do
    slots[0].lost(workers[0])
    deputies.step(slots)
    slots[1].lost(workers[1])
    allow(workers[1]).to receive(:state).and_return(:gone)
    deputies.step(slots)
    [0, 1].each do |index|
      expect(told(workers[2])).to have_received(:tell).with(:deputise, slot: index, ios: ["socket #{index}"]).once
    end
  end

  it 'has nobody do so for a slot that is given up' do
    slots[2].lost(workers[2])
    deputies.step(slots)
    deputies.step(slots.first(2))
    expect(told(workers[0])).to have_received(:tell).with(:relieve, slot: 2).once
  end

  it 'has nothing to do where all accept from the same sockets' do
    shared = Array.new(2) { |index| Hyperion::Cluster::Slot.new(index, ['socket'], workers[index]) }
    shared[0].lost(workers[0])
    deputies.step(shared)
    expect(told(workers[1])).not_to have_received(:tell)
  end
end
