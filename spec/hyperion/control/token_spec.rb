# frozen_string_literal: true

require 'hyperion/control'

RSpec.describe Hyperion::Control::Token do
  it 'accepts its secret and nothing else' do
    token = described_class.new('secret')
    expect(token.accepts?('secret')).to be(true)
    expect(token.made_up?).to be(false)
    [nil, '', 'Secret', 'secre', 'secret ', 'none'].each { |offered| expect(token.accepts?(offered)).to be(false) }
  end

  it 'makes up a secret of its own, another each time' do
    one, other = Array.new(2) { described_class.new(nil) }
    expect(one.secret).to match(/\A\h{32}\z/)
    expect(one.made_up?).to be(true)
    expect(one.accepts?(one.secret)).to be(true)
    expect(one.accepts?(other.secret)).to be(false)
  end

  it 'accepts everybody when it is none' do
    expect(described_class.new('none').accepts?(nil)).to be(true)
  end
end
