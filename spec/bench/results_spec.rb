# frozen_string_literal: true

require_relative '../../bench/lib/page'
require_relative '../../bench/lib/results'
require_relative '../../bench/lib/selection'
require_relative '../../bench/lib/trial'

RSpec.describe Bench::Results do
  def contestant(name, place)
    instance_double(Bench::Contestant, name: name, place: place, version: '1.0', tuning: 'defaults')
  end

  def sample(cpu, p99 = 1.0, trouble: '')
    latencies = Bench::LoadGenerator::Result.new(p50: 0.5, p99: p99, p999: 2.0)
    Bench::Trial::Sample.new(cpu: cpu, per_second: 1000.0, resident_mib: 20.0, latencies: latencies, trouble: trouble)
  end

  let(:limit) { contestant('limit', 0) }
  let(:peer) { contestant('peer', 1) }
  let(:fallen) { contestant('fallen', 1) }
  let(:ours) { contestant('ours', 2) }
  let(:hello) { Bench::Workload.new(name: 'static hello', kind: :static, path: '/') }
  let(:rack) { Bench::Workload.new(name: 'Rack hello', kind: :rack, path: '/rack') }
  let(:results) do
    described_class.new({ [limit, hello] => [sample(10.0), sample(30.0), sample(10.0)],
                          [peer, rack] => [sample(40.0, 3.0, trouble: '2 broken')], [ours, hello] => [sample(11.0)],
                          [ours, rack] => [sample(20.0), sample(20.0)] },
                        { [fallen, rack] => ['answers nothing'] })
  end

  it 'takes medians over the rounds' do
    expect(results.median(limit, hello, :cpu)).to eq(10.0)
    expect(results.median(peer, rack, :p99)).to eq(3.0)
    expect(results.median(fallen, rack, :cpu)).to be_nil
  end

  it 'compares with the limit at the same workload, or at static hello where the limit has no such' do
    expect(results.to_limit(ours, hello)).to be_within(1e-9).of(1.1)
    expect(results.to_limit(ours, rack)).to be_within(1e-9).of(2.0)
  end

  it 'compares with the best peer, not with the limit and not with itself' do
    expect(results.to_best_peer(ours, rack)).to be_within(1e-9).of(0.5)
    expect(results.to_best_peer(ours, hello)).to be_nil
  end

  it 'compares with one by its name, in any figure' do
    expect(results.to_named(ours, rack, 'peer')).to be_within(1e-9).of(0.5)
    expect(results.to_named(ours, rack, 'peer', :p99)).to be_within(1e-9).of(1 / 3.0)
    expect(results.to_named(ours, hello, 'peer')).to be_nil
  end

  describe 'a workload of fast and slow requests' do
    let(:workload) do
      Bench::Workload.new(name: 'mixed', kind: :rack, path: '/rack', layout: :mixed, other: rack, one_in: 10)
    end
    let(:page) do
      samples = { [peer, workload] => [mixed(8.0, refused: 3)], [ours, workload] => [mixed(4.0), mixed(4.0)] }
      Bench::Page.new(described_class.new(samples, {}), machine: 'a machine', settings: '', left_out: {}).to_s
    end

    def mixed(p99, refused: 0)
      fast = { requests: 90, per_second: 45.0, p50: 1.0, p99: p99, p999: 9.0, unanswered: 0, refused: 0, broken: 0 }
      slow = fast.merge(requests: 10, per_second: 5.0, p50: 21.0, p99: 40.0, refused: refused)
      Bench::Trial::Sample.new(latencies: Bench::LoadGenerator::Result.new(**fast, others: slow))
    end

    it 'has a table that tells them apart, with what went wrong' do
      expect(page).to include('| peer | 1.000 | 8.000 | 1.00 | 21.000 | 40.000 | 50.0 | 3 of 100 |',
                              '| ours | 1.000 | 4.000 | 0.50 | 21.000 | 40.000 | 50.0 | 0 of 200 |')
    end
  end

  it 'has a table of ours beside the limit and the peers by their names' do
    named = described_class.new({ [limit, hello] => [sample(10.0)], [contestant('nginx', 1), hello] => [sample(12.0)],
                                  [ours, hello] => [sample(9.0, 3.0)] }, {})
    expect(Bench::Summary.new(named).lines.last).to eq('| static hello | ours | 9.00 | 0.90 | 0.75 | - | - | 0.75 | ' \
                                                       '3.00 | 3.00 |')
  end

  it 'has a page that tells failures, troubles and who was left out' do
    page = Bench::Page.new(results, machine: 'host: a machine', settings: '3 rounds',
                                    left_out: { 'absent' => 'why' }).to_s
    expect(page).to include('**fallen**: FAILED: answers nothing', '**peer**: 2 broken',
                            '**absent was not measured**: why', '| ours | 20.00 | 2.00 | 0.50 |')
  end
end
