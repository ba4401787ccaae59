# frozen_string_literal: true

RSpec.describe Hyperion::Metrics do
  it 'writes what Prometheus can read, also of a scoreboard without anything' do
    found = ExpositionReader.new(described_class.text(Hyperion::Scoreboard.new))
    expect(found.types.keys).to match_array(described_class.names)
    expect(found.value('hyperion_workers')).to eq(0)
  end

  it 'escapes what a label cannot have as it is' do
    text = Hyperion::Metrics::Exposition.new.add(name: 'a', type: :gauge, help: 'b',
                                                 samples: [[{ route: "\\ \" \n" }, 1]]).to_s
    expect(text).to eq(%(# HELP a b\n# TYPE a gauge\na{route="\\\\ \\" \\n"} 1\n))
  end

  it 'is described in docs/metrics.md, name by name' do
    page = File.read(File.expand_path('../../docs/metrics.md', __dir__))
    expect(page.scan(/^\| `(hyperion_\w+)`/).flatten).to match_array(described_class.names)
  end
end
