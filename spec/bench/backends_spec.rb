# frozen_string_literal: true

require 'socket'
require_relative '../../bench/lib/backend_page'
require_relative '../../bench/lib/contestant'
require_relative '../../bench/lib/process_tree'
require_relative '../../bench/lib/side_by_side'

# A server of the benchmark's in a few lines of Ruby. One that is to answer `silence` says hello twice before.
class TinyContestant < Bench::Contestant
  PROGRAM = <<~'RUBY'
    listener = TCPServer.new('127.0.0.1', Integer(ARGV[0]))
    loop do
      Thread.new(listener.accept) do |client|
        1.step do |number|
          head = client.gets("\r\n\r\n") or break
          sleep if ARGV[1] == 'silence' && number > 2
          client.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n#{ARGV[1].sub('silence', 'hello')}")
          break if head.include?('Connection: close')
        end
        client.close
      end
    end
  RUBY

  attr_reader :name

  def initialize(name, answer: 'hello')
    super()
    @name = name
    @answer = answer
  end

  def command(port)
    [RbConfig.ruby, '--disable-gems', '-rsocket', '-e', PROGRAM, port.to_s, @answer]
  end
end

RSpec.describe Bench::SideBySide do
  let(:kept) { Bench::Workload.new(name: 'kept', kind: :static, path: '/', connections: 2) }
  let(:closed) { Bench::Workload.new(name: 'closed', kind: :static, path: '/', connections: 2, fresh: true) }
  let(:one) { TinyContestant.new('one') }
  let(:other) { TinyContestant.new('other') }

  def run(asked, rounds: 2)
    described_class.new(asked, rounds: rounds, seconds: 0.1, progress: @progress = StringIO.new).run
  end

  it 'measures every contestant at what it is asked for, in turns, who was first being last in the next round' do
    figures = run({ one => [kept, closed], other => [kept] })
    turns = @progress.string.lines.map { |line| line.split.values_at(1, 2, 3) }
    expect(turns).to eq([%w[1 other kept], %w[1 one kept], %w[1 one closed],
                         %w[2 one kept], %w[2 other kept], %w[2 one closed]])
    expect([figures.median(one, kept), figures.median(one, closed), figures.median(other, kept)]).to all(be_positive)
    expect(figures.median(other, closed)).to be_nil
    expect(figures.median(one, kept, :per_second)).to be_positive
    expect(figures.ratio(one, other, kept)).to be_positive
    expect(figures.failures).to be_empty
  end

  it 'goes on when one answers wrongly, and has no figure of it' do
    wrong = TinyContestant.new('wrong', answer: 'hallo')
    figures = run({ one => [kept], wrong => [kept] }, rounds: 1)
    expect(figures.median(one, kept)).to be_positive
    expect([figures.median(wrong, kept), figures.ratio(one, wrong, kept)]).to all(be_nil)
    expect(figures.failures).to contain_exactly(include('wrong, kept: FAILED: answers 5 bytes, "hallo"'))
  end

  it 'has no figure of one that leaves requests without an answer' do
    dumb = TinyContestant.new('dumb', answer: 'silence')
    results = run({ dumb => [kept] }, rounds: 1)
    expect(results.median(dumb, kept)).to be_nil
    expect(results.failures).to contain_exactly('dumb, kept: 2 unanswered')
  end
end

RSpec.describe Bench::PairedResults do
  it 'compares rounds that both were measured in' do
    samples = { one: [2.0, 9.0, 6.0], other: [1.0, nil, 2.0] }.to_h do |name, list|
      [[name, :hello], list.map { |cpu| cpu && Bench::Trial::Sample.new(cpu: cpu) }]
    end
    results = described_class.new(samples, [])
    expect(results.ratio(:one, :other, :hello)).to eq(2.5)
    expect(results.median(:one, :hello)).to eq(6.0)
    expect(results.ratio(:one, :absent, :hello)).to be_nil
  end
end

RSpec.describe Bench::BackendPage do
  let(:results) { instance_double(Bench::PairedResults, failures: ['epoll, static: 1 broken'] * 2) }
  let(:page) do
    described_class.new(results, epoll: :epoll, io_uring: :io_uring, limits: %i[least most], about: ['host: a'],
                                 sends: { 65_536 => %i[epoll io_uring], 1_048_576 => %i[epoll io_uring] })
  end

  before do
    costs = { epoll: 10.0, io_uring: 10.6 }
    allow(results).to receive(:median) { |contestant, _, figure| figure ? 123.4 : costs[contestant] }
    allow(results).to receive(:ratio) { |_, _, workload| workload.fresh ? 1.06 : 0.5 }
  end

  it 'has a cell for every size and number of connections, and bold ones where io_uring is worse' do
    text = page.to_s
    expect(text).to include('| 1 MiB | 10.00 | 10.60 | 0.50 |')
    expect(text).to include('- host: a', '| 64 KiB | 10.00 / 10.60 (0.50)', '| 1 MiB | 10.00 / 10.60 (**1.06**)',
                            '| Rack hello | 10.00 / 10.60 (0.50) |', '| 5 B | 123 | 123 |',
                            '| 2000 | - | 0.50 | - | 0.50 |',
                            '| 8000 | - | 0.50 | - | 0.50 |', '- epoll, static: 1 broken (rounds: 2)')
    expect(text.scan('10.00 / 10.60').size).to eq(2 * 4 * 4 + 2)
  end

  it 'replaces the figures of a page, and nothing else' do
    before = "# Title\n#{described_class::FIRST_MARK}stale\n#{described_class::LAST_MARK}\nprose\n"
    after = page.put_into(before)
    expect(after).to start_with('# Title').and end_with("#{described_class::LAST_MARK}\nprose\n")
    expect(after).to include('Rack hello')
    expect(after).not_to include('stale')
    expect(page.put_into(after)).to eq(after)
  end

  it 'refuses a page without a place for them' do
    expect { page.put_into('# Title') }.to raise_error(ArgumentError, /no place/)
  end
end

RSpec.describe Bench::BackendWorkloads do
  it 'cover every size by every number of connections, kept and closed' do
    names = described_class.all.map(&:name)
    expect(names.uniq.size).to eq(names.size).and eq(4 * 4 * 2 + 1 + 2)
    expect(names).to include('static 5 B, 1 connection', 'static 1 MiB, 2000 connections, closed', 'Rack hello',
                             'static 5 B, 8000 connections')
    expect(described_class.all).to include(*described_class.of_limits)
  end
end

RSpec.describe Bench::ProcessTree do
  it 'has the CPU time of a process, of its children, and of those that have ended' do
    spend = 'stop = 0.05; nil while Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) < stop;'
    program = "system(RbConfig.ruby, '--disable-gems', '-e', #{spend.inspect}); #{spend} $stdout.puts(1); " \
              '$stdout.flush; sleep'
    output, said = IO.pipe
    pid = spawn(RbConfig.ruby, '--disable-gems', '-rrbconfig', '-e', program, out: said)
    said.close
    output.gets
    expect(described_class.new(pid).cpu_seconds).to be >= 0.09
  ensure
    Process.kill(:KILL, pid)
    Process.wait(pid)
    output.close
  end
end
