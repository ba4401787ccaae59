# frozen_string_literal: true

require 'hyperion/launcher'

RSpec.describe Hyperion::Cluster::Slot do
  let(:slot) { described_class.new(0, [], handle) }
  let(:handle) { instance_double(Hyperion::Cluster::WorkerHandle, leave: nil, age: 0) }

  it 'wants a worker as soon as it has none' do
    expect(slot).not_to be_due
    slot.lost(handle)
    expect([slot.due?, slot.pause]).to eq([true, 0])
  end

  it 'wants none, and no attention either, when it has been stopped' do
    slot.stop(30)
    expect(handle).to have_received(:leave).with(:stop, 30)
    expect([slot.due?, slot.pause, slot.handles]).to eq([false, nil, [handle]])
    slot.lost(handle)
    expect([slot.due?, slot.pause, slot.handles]).to eq([false, nil, []])
  end
end
