# frozen_string_literal: true

require 'hyperion/launcher'
require 'hyperion/control/top'

RSpec.describe Hyperion::Control::TopView do
  let(:now) { Time.utc(2026, 1, 31, 12, 0, 0) }
  let(:url) { 'unix:///run/a.sock' }

  def histogram(name, route, counts)
    counts.map { |bound, count| %(hyperion_#{name}_duration_seconds_bucket{route="#{route}",le="#{bound}"} #{count}\n) }
      .join
  end

  def sample(seconds, requests: 0, metrics: '', **stats)
    text = <<~TEXT
      # HELP hyperion_requests_total Requests.
      hyperion_requests_total{kind="app"} #{requests}
      hyperion_requests_total{kind="static"} #{requests * 2}
      hyperion_responses_total{class="2xx"} #{requests * 3}
      hyperion_connections{state="idle"} 7
      hyperion_connections{state="waiting"} 2
      hyperion_busy_threads 3
      hyperion_max_threads 10
      hyperion_queued_requests 4
      hyperion_resident_memory_bytes{worker="0"} 104857600
      hyperion_resident_memory_bytes{worker="1"} 104857600
      hyperion_workers 2
      #{metrics}
    TEXT
    stats = { started_at: '2026-01-31T10:58:55Z', versions: { hyperion: '1.2.3' }, requests_count: requests, **stats }
    Hyperion::Control::Sample.new(stats: stats, metrics: text, seconds: seconds)
  end

  def lines(now_sample, before = nil, width: 100, height: 40)
    described_class.new(width: width, height: height)
      .lines(Hyperion::Control::Difference.new(now_sample, before), url: url, time: now)
  end

  it 'says which process it is, since when it runs, and the time' do
    expect(lines(sample(0.0)).first).to eq("hyperion 1.2.3  #{url}  up 1:01:05  12:00:00")
  end

  it 'tells what happened a second, between two looks' do
    text = lines(sample(12.0, requests: 100), sample(10.0))
    expect(text[1]).to match(/\Arequests\/s +150   static 100  route 0  app 50  /)
    expect(text[2]).to match(/\Aanswers\/s +150   1xx 0  2xx 150  /)
  end

  it 'tells what is so now' do
    text = lines(sample(0.0)).join("\n")
    expect(text).to match(/^connections +9   idle 7 .* waiting 2 /)
    expect(text).to match(%r{^threads +3/10   busy \[\|{5} {11}\]  queued 4})
    expect(text).to match(/^memory +200MiB .* workers 2/)
  end

  it 'knows no rates at the first look, nor when the process is another' do
    expect(lines(sample(0.0))[1]).to match(/requests\/s +-   static -/)
    expect(lines(sample(1.0, requests: 5), sample(0.0, requests: 9))[1]).to match(/requests\/s +-   static -/)
  end

  it 'tells the latencies of what was answered between two looks' do
    before = sample(0.0, metrics: histogram('request', 'app', [[0.001, 50], [0.004, 50], ['+Inf', 50]]))
    later = sample(1.0, metrics: histogram('request', 'app', [[0.001, 140], [0.004, 149], ['+Inf', 150]]))
    expect(lines(later, before)[5]).to match(/\Alatency +p50 1\.0ms  p90 1\.0ms  p99 4\.0ms  queue p99 -/)
  end

  it 'has a line for each worker of a cluster' do
    status = lambda do |requests|
      [{ index: 0, pid: 11, booted: true, last_status: { busy_threads: 5, max_threads: 5, backlog: 3,
                                                         requests_count: requests, resident_bytes: 1 << 20 } },
       { index: 1, pid: 12, booted: false, last_status: nil }]
    end
    text = lines(sample(2.0, phase: 1, worker_status: status.call(90)), sample(0.0, worker_status: status.call(30)))
    expect(text[0]).to include('phase 1')
    expect(text[-2]).to match(/\A +0 +11 serves  \[\|{16}\] +3 +30 +90 +1MiB\z/)
    expect(text[-1]).to match(/\A +1 +12 boots   \[ {16}\] +0 +0 +0 +0MiB\z/)
  end

  it 'keeps within the screen, and says what it leaves out' do
    workers = Array.new(30) { |index| { index: index, pid: index + 1, booted: true, last_status: {} } }
    text = lines(sample(0.0, worker_status: workers), width: 40, height: 12)
    expect(text.size).to eq(12)
    expect(text.map(&:size).max).to eq(40)
    expect(text.last).to eq('... 28 more')
  end

  it 'reads every metric that there is' do
    scoreboard = Hyperion::Scoreboard.new.enter
    text = Hyperion::Metrics.text(scoreboard)
    reader = Hyperion::Control::Sample.new(stats: {}, metrics: text, seconds: 0.0)
    expect(Hyperion::Metrics.names.reject { |name| reader.all(name.delete_prefix('hyperion_')).any? })
      .to all(match(/duration_seconds|route_requests/))
  end
end
