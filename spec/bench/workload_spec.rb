# frozen_string_literal: true

require 'socket'
require_relative '../../bench/lib/bar_chart'
require_relative '../../bench/lib/selection'
require_relative '../../bench/lib/statistics'
require_relative '../../bench/lib/verification'
require_relative '../../bench/lib/workload'
require_relative '../../bench/lib/workloads'

RSpec.describe Bench::Workload do
  it 'has the bytes of its request' do
    workload = described_class.new(path: '/post', body: 'abc', headers: { 'A' => 'b' }, fresh: true)
    expect(workload.request).to eq("POST /post HTTP/1.1\r\nHost: 127.0.0.1\r\nA: b\r\nContent-Length: 3\r\n" \
                                   "Connection: close\r\n\r\nabc")
  end
end

RSpec.describe Bench::Workloads do
  def names(*parts)
    described_class.named(parts).map(&:name)
  end

  it 'are picked by their name, or else by a part of it' do
    expect(names('static hello', 'Rack JSON')).to eq(['static hello', 'Rack JSON, ten headers'])
    expect(names('pipelined')).to eq(['static hello, 16 pipelined', 'Rack hello, 16 pipelined'])
    expect(names).to eq(described_class::ALL.map(&:name))
  end

  it 'measure other numbers of threads at the one that is about them' do
    served = Bench::Contestant.all.to_h { |one| [one.name, described_class::ALL.select { |work| one.serves?(work) }] }
    about_threads = described_class.named(['1, 5 and 16 threads'])
    expect(served.values_at('hyperion_rack_one', 'hyperion_rack_many')).to eq([about_threads] * 2)
    expect(served['hyperion_rack']).to include(*about_threads)
  end
end

RSpec.describe Bench::Verification do
  def verify(body)
    listener = TCPServer.new('127.0.0.1', 0)
    server = Thread.new do
      client = listener.accept
      2.times do
        client.gets("\r\n\r\n")
        client.write("HTTP/1.1 200 OK\r\nContent-Length: #{body.bytesize}\r\n\r\n#{body}")
      end
    end
    described_class.new(listener.addr[1], Bench::Workload.new(path: '/')).run
  ensure
    server&.kill
    listener&.close
  end

  it 'lets the expected bytes pass' do
    expect { verify('hello') }.not_to raise_error
  end

  it 'raises for other bytes' do
    expect { verify('hallo') }.to raise_error(Bench::Failure, /"hallo", instead of 5, "hello"/)
  end
end

RSpec.describe Bench::Statistics do
  it 'has medians and percentiles' do
    expect(described_class.median([3, 1, 2])).to eq(2)
    expect(described_class.median([4, 1, 2, 3])).to eq(2.5)
    expect(described_class.percentile((1..100).to_a, 0.99)).to eq(99)
  end
end

RSpec.describe Bench::BarChart do
  it 'draws bars in proportion, and escapes names' do
    chart = described_class.new('a < b', [['one', 1.0, false], ['four', 4.0, true]])
    expect(chart.length_of(1.0) * 4).to be_within(0.5).of(chart.length_of(4.0))
    expect(chart.to_s).to include('a &lt; b', chart.length_of(4.0).to_s)
  end
end
