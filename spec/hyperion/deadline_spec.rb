# frozen_string_literal: true

RSpec.describe Hyperion::Deadline do
  it 'waits until the block finds something' do
    found = [nil, false, :found]
    expect(described_class.new(Eventually::PATIENCE_SECONDS).wait { found.shift }).to be(:found)
  end

  it 'asks once when its time is over already' do
    asked = 0
    expect(described_class.new(0).wait { |seconds| (asked += 1) && seconds.positive? }).to be(false)
    expect(asked).to eq(1)
  end

  it 'ends a wait that is under way when it is shortened' do
    deadline = described_class.new(Eventually::PATIENCE_SECONDS)
    waiting = Thread.new { deadline.wait { |seconds| sleep(seconds) && nil } }
    eventually { expect(waiting.status).to eq('sleep') }
    deadline.shorten(0)

    expect(waiting.join(Eventually::AT_ONCE_SECONDS)).to be(waiting)
  end
end
