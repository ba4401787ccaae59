# frozen_string_literal: true

require 'json'

RSpec.describe 'The Grafana dashboard among the examples' do
  dashboard = JSON.parse(File.read(File.expand_path('../../examples/grafana/hyperion.json', __dir__)))
  panels = dashboard['panels']
  expressions = panels.flat_map { |panel| panel.fetch('targets', []).map { |target| target['expr'] } }

  # Metrics and labels as a server emits them that has answered for the application and a route.
  let(:samples) do
    Hyperion::Server.handle(:GET, '/time') { |_env| [200, {}, ['now']] }
    server = serve(metrics_path: '/metrics')
    %w[/time /].each { |path| get(server, path) }
    get(server, '/metrics').body.lines.grep_v(/\A#/).to_h do |line|
      name, labels = line.match(/\A(\w+)(?:\{(.*)\})? /).captures
      [name, labels.to_s.scan(/(\w+)="([^"]*)"/)]
    end
  end

  let(:labels) do
    text = get(serve(metrics_path: '/metrics'), '/metrics').body
    text.scan(/^(\w+)\{([^}]*)\}/).each_with_object(Hash.new { |hash, name| hash[name] = [] }) do |(name, pairs), all|
      all[name] |= pairs.scan(/(\w+)="([^"]*)"/)
    end
  end

  it 'asks for nothing but what a server emits' do
    asked = expressions.flat_map { |expression| expression.scan(/hyperion_\w+/) }.uniq
    expect(asked - samples.keys).to eq([])
  end

  it 'shows every metric that there is' do
    shown = expressions.join(' ')
    expect(Hyperion::Metrics.names.reject { |name| shown.match?(/#{name}(?:_bucket|_sum|_count)?\{/) }).to eq([])
  end

  it 'picks by labels that its metrics have' do
    picks = expressions.flat_map do |expression|
      expression.scan(/(hyperion_\w+)\{([^}]*)\}/).flat_map do |name, pairs|
        pairs.scan(/(\w+)="([^"$]*)"/).map { |pair| [name, pair] }
      end
    end
    expect(picks).not_to be_empty
    expect(picks.reject { |name, pair| labels[name].include?(pair) }).to eq([])
  end

  it 'sums by labels that its metrics have' do
    sums = expressions.flat_map { |expression| expression.scan(/by \((\w+)\) \((?:\w+\()?(hyperion_\w+)/) }
    expect(sums.size).to be > 10
    expect(sums.reject { |label, name| (samples[name] + labels[name]).any? { |own, _value| own == label } }).to eq([])
  end

  it 'has panels that do not cover each other' do
    expect(panels.map { |panel| panel['id'] }.uniq.size).to eq(panels.size)
    cells = panels.flat_map do |panel|
      left, top, width, height = panel['gridPos'].values_at('x', 'y', 'w', 'h')
      (left...(left + width)).to_a.product((top...(top + height)).to_a)
    end
    expect(cells.uniq.size).to eq(cells.size)
    expect(cells.map(&:first).max).to be < 24
  end

  it 'takes the data source, job and instance that are chosen' do
    expect(dashboard['templating']['list'].map { |variable| variable['name'] }).to eq(%w[datasource job instance])
    targets = panels.flat_map { |panel| panel.fetch('targets', []) }
    expect(targets.map { |target| target['datasource']['uid'] }.uniq).to eq(['${datasource}'])
    selectors = expressions.flat_map { |expression| expression.scan(/hyperion_\w+(.{0,40})/).flatten }
    expect(selectors).to all(start_with('{job=~"$job",instance=~"$instance"'))
  end
end
