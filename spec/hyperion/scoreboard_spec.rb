# frozen_string_literal: true

RSpec.describe Hyperion::Scoreboard, if: Process.respond_to?(:fork) do
  let(:board) { described_class.new }

  # A server in a process of its own, which ends with the block; answers its pid.
  def with_worker(board, app = Servers::HELLO)
    reader, writer = IO.pipe
    pid = fork do
      server = Hyperion::Server.new(app: app, port: 0, scoreboard: board, logger: Hyperion::Logger.new(IO::NULL))
      server.listen
      server.start { writer.puts(server.port) }
    end
    writer.close
    yield Integer(reader.gets), pid
    pid
  ensure
    reader.close
    Process.kill(:KILL, pid)
    Process.wait(pid)
  end

  it 'has what all workers have counted, while they run and when they have been killed' do
    static_route('/static', 'static')
    pids = []
    pids << with_worker(board) do |first, _pid|
      pids << with_worker(board) do |second, _pid|
        2.times { get(first, '/static') }
        3.times { get(second, '/app') }
        expect(board.sum[:counters]).to include(static_requests: 2, app_requests: 3, accepted: 5)
        expect(board.workers.map { |worker| worker[:counters][:accepted] }).to contain_exactly(2, 3)
      end
    end
    expect(pids.map { |pid| board.leave(pid) }).to eq([true, true])

    expect(board.workers).to eq([])
    expect(board.sum[:counters]).to include(static_requests: 2, app_requests: 3, accepted: 5, open: 0)
    expect(board.sum).to include(boots: 2, exits: 2)
    expect(board.sum[:routes].map { |route| route.values_at(:name, :requests) }).to eq([['GET /static', 2]])
  end

  it 'never has less than before, however workers come and go' do
    seen = []
    watching = true
    watch = Thread.new { seen << board.sum[:counters][:app_requests] while watching }
    4.times do
      pid = with_worker(board) { |port, _pid| 20.times { get(port, '/') } }
      board.leave(pid)
    end
    watching = false
    watch.join

    expect(seen).to eq(seen.sort)
    expect(board.sum[:counters][:app_requests]).to eq(80)
  end

  it 'has what workers tell of themselves' do
    with_worker(board) do |_port, pid|
      worker = board.workers.find { |entry| entry[:pid] == pid }
      expect(worker[:facts]).to include(max_threads: 5, resident_bytes: be > 1 << 20, gc_runs: be >= 0)
    end
  end

  it 'has how often workers were replaced, by the reason' do
    2.times { board.count_restart(:crash) }
    board.count_restart(:phased)
    expect(board.restarts).to eq(crash: 2, worker_boot_timeout: 0, worker_timeout: 0, phased: 1, max_requests: 0,
                                 max_memory_bytes: 0, request_timeout_hard: 0)
    expect(board.sum[:restarts]).to eq(board.restarts)
    expect { board.count_restart(:boredom) }.to raise_error(ArgumentError, 'unknown reason :boredom')
  end

  it 'does not take the one for gone who never was there' do
    expect(board.leave(Process.pid)).to be(false)
  end

  it 'gives a process one slot, however often it enters' do
    board.enter.enter
    expect(board.workers.map { |worker| worker[:pid] }).to eq([Process.pid])
    expect(board.slot).to eq(0)
    expect(in_child { board.slot }).to be_nil
  end

  it 'says when every slot is taken' do
    small = described_class.new(slots: 1).enter
    refusal = in_child do
      small.enter
    rescue Hyperion::Error => e
      e.message
    end
    expect(refusal).to eq('every slot of the scoreboard is taken')
  end

  {
    { loops: 0 } => 'loops must be 1 to 64, not 0',
    { slots: 1025 } => 'slots must be 1 to 1024, not 1025'
  }.each do |options, message|
    it("refuses #{options}") { expect { described_class.new(**options) }.to raise_error(ArgumentError, message) }
  end

  it 'refuses facts that it does not know, and those of a process without a slot' do
    expect { board.tell({ gc_runs: 1 }) }.to raise_error(Hyperion::Error, 'this process has no slot of the scoreboard')
    expect { board.enter.tell({ gc_runz: 1 }) }.to raise_error(ArgumentError, 'unknown fact :gc_runz')
  end
end
