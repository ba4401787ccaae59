# frozen_string_literal: true

require 'stringio'
require_relative '../../bench/lib/contestant'
require_relative '../../bench/lib/suite'
require_relative '../../bench/lib/workload'

# A server in a few lines of Ruby, which ends at the request for /fatal after it has been verified.
class MortalContestant < Bench::Contestant
  PROGRAM = <<~'RUBY'
    listener = TCPServer.new('127.0.0.1', Integer(ARGV[0]))
    fatal = 0
    loop do
      Thread.new(listener.accept) do |client|
        while (head = client.gets("\r\n\r\n"))
          exit! if head.include?('/fatal') && (fatal += 1) > 2
          client.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        end
        client.close
      end
    end
  RUBY

  def name
    'mortal'
  end

  def command(port)
    [RbConfig.ruby, '--disable-gems', '-rsocket', '-e', PROGRAM, port.to_s]
  end
end

# One that is no server.
class FigureContestant < Bench::Contestant
  def name
    'figures'
  end

  def server?
    false
  end

  def measuring_command(seconds)
    ['echo', %({"cpu": 1.5, "per_second": #{(100 * seconds).round}, "p50": 1, "p99": 2, "p999": 3})]
  end
end

RSpec.describe Bench::Suite do
  def workload(name, path = '/', **settings)
    Bench::Workload.new(name: name, kind: :rack, path: path, rate: 50, connections: 2, **settings)
  end

  def run(contestant, *workloads)
    described_class.new([contestant], workloads, rounds: 1, seconds: 0.1, progress: StringIO.new).run
  end

  it 'starts a contestant that has fallen over anew for the next workload' do
    workloads = [workload('first'), workload('fatal', '/fatal'), workload('last')]
    suite = run(contestant = MortalContestant.new, *workloads)

    expect(suite.samples.keys.map(&:last)).to eq([workloads.first, workloads.last])
    expect(suite.failures.keys).to eq([[contestant, workloads[1]]])
  end

  it 'measures a workload for longer that needs it' do
    suite = run(MortalContestant.new, long = workload('long', times: 4))

    expect(suite.samples.values.first.first.latencies.requests).to eq(20)
    expect(suite.estimate).to be > described_class.new([MortalContestant.new], [workload('short')],
                                                       rounds: 1, seconds: 0.1).estimate
    expect(long.latency_only?).to be(false)
  end

  it 'takes the figures of a contestant that is no server as it tells them' do
    sample = run(FigureContestant.new, workload('sleep', times: 2)).samples.values.first.first

    expect(%i[cpu per_second p99 resident_mib].map { |figure| sample.figure(figure) }).to eq([1.5, 20, 2, nil])
  end
end
