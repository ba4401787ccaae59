# frozen_string_literal: true

require_relative '../../bench/lib/callgrind'
require_relative '../../bench/lib/limit_loops'
require_relative '../../bench/lib/profile_page'
require_relative '../../bench/lib/request_parts'
require_relative '../../bench/lib/strace'

RSpec.describe Bench::Strace do
  it 'reads how often each call was made, with errors or without' do
    summary = <<~TEXT
      strace: Process 7 detached
      % time     seconds  usecs/call     calls    errors syscall
      ------ ----------- ----------- --------- --------- ----------------
       60.00    0.000300           1       200           sendto
       40.00    0.000200           1       210        10 recvfrom
      ------ ----------- ----------- --------- --------- ----------------
      100.00    0.000500           1       410        10 total
    TEXT
    expect(described_class.counts(summary)).to eq('sendto' => 200, 'recvfrom' => 210)
  end
end

RSpec.describe Bench::Callgrind do
  it 'is started as its contestant is, under callgrind' do
    contestant = Bench::LimitLoops.new(2, cores: '0,1')
    counted = described_class.new(contestant)

    expect(counted.cores).to eq('0,1')
    expect(counted.command(80)).to start_with('valgrind').and end_with(*contestant.command(80))
    expect(counted.environment).to eq('RUBY_YJIT_ENABLE' => nil)
  end
end

# A request in small: the loop calls the connection; the worker has Ruby protect `serve`, which has an env built, for
# which Ruby makes a Hash, and calls the application, which reads its input.
CALLGRIND_DUMP = <<~TEXT
  # callgrind format
  cmd: ruby a=b
  positions: line
  events: Ir

  ob=/lib/hyperion.so
  fl=/core/loop.c
  fn=tick
  0 10
  cfi=/core/conn.c
  cfn=receive
  calls=2 0
  0 30
  fi=/core/buf.h
  0 1

  fl=/core/conn.c
  fn=receive
  0 30

  fl=/rb_worker.c
  fn=run
  0 5
  cob=/lib/libruby.so
  cfi=???
  cfn=rb_protect
  calls=1 0
  0 395

  fl=/rb_serve.c
  fn=serve
  0 20
  cfi=/rb_env.c
  cfn=build
  calls=1 0
  0 100
  cob=/lib/libruby.so
  cfi=???
  cfn=rb_funcallv
  calls=1 0
  0 270

  fl=/rb_env.c
  fn=build
  0 40
  cob=/lib/libruby.so
  cfi=???
  cfn=rb_hash_dup
  calls=1 0
  0 60

  fl=/rb_body.c
  fn=read
  0 70

  ob=/lib/libruby.so
  fl=???
  fn=rb_protect
  0 5
  cob=/lib/hyperion.so
  cfi=/rb_serve.c
  cfn=serve
  calls=1 0
  0 390

  fn=rb_hash_dup
  0 60

  fn=rb_funcallv
  0 50
  cfn=vm_exec'2
  calls=1 0
  0 220

  fn=vm_exec
  0 100

  fn=vm_exec'2
  0 50
  cob=/lib/hyperion.so
  cfi=/rb_body.c
  cfn=read
  calls=1 0
  0 70

  fn=timer_thread
  0 9
TEXT

RSpec.describe Bench::CallgrindDump do
  let(:dump) { described_class.new(CALLGRIND_DUMP) }

  def function(object, file, name)
    described_class::Function.new("/lib/#{object}.so", file, name)
  end

  it 'tells what functions spend alone, lines of other files and calls of themselves included' do
    expect(dump.own[function('hyperion', '/core/loop.c', 'tick')]).to eq(11)
    expect(dump.own[function('libruby', '???', 'vm_exec')]).to eq(150)
    expect(dump.total).to eq(450)
  end

  it 'tells what calls cost in all, in the same object and in others' do
    receive = function('hyperion', '/core/conn.c', 'receive')
    serve = function('hyperion', '/rb_serve.c', 'serve')
    expect(dump.calls[[function('hyperion', '/core/loop.c', 'tick'), receive]]).to eq(30)
    expect(dump.calls[[serve, function('libruby', '???', 'rb_funcallv')]]).to eq(270)
    expect(dump.calls[[function('libruby', '???', 'rb_protect'), serve]]).to eq(390)
  end
end

RSpec.describe Bench::RequestParts do
  it 'counts what Ruby does for a part as that part, what it calls back as what it is, and the application alone' do
    parts = described_class.new(Bench::CallgrindDump.new(CALLGRIND_DUMP)).to_h
    expect(parts.reject { |_, cost| cost.zero? })
      .to eq('loop: events, receive, send, timers' => 11, 'connection: parse, route, frame' => 30,
             'env' => 100 + 70, 'application' => 200, 'worker: from job to job, GVL' => 5 + 5 + 20, 'the rest' => 9)
  end

  it 'has a part for every source' do
    sources = Dir.glob(File.expand_path('../../ext/hyperion/core/*.c', __dir__)).map { |path| File.basename(path) }
    core = described_class::PARTS.except(described_class::WORKER).values.compact
    expect(sources.reject { |source| core.any? { |part| part.match?(source) } }).to be_empty
  end
end

RSpec.describe Bench::ProfilePage do
  it 'has a column for each workload, rare calls only in the sum' do
    calls = { 'limit' => { 'recvfrom' => 1.0, 'sendto' => 1.0 }, 'Rack' => { 'sendto' => 1.004, 'mmap' => 0.001 } }
    text = described_class.new(calls, { 'limit' => { 'the rest' => 90.4 }, 'Rack' => { 'env' => 1000.6 } }).to_s
    expect(text).to include('| system calls | limit | Rack |', '| recvfrom | 1.00 | 0.00 |', '| sendto | 1.00 | 1.00 |',
                            '| all | 2.00 | 1.00 |',
                            '| env | 0 | 1001 |', '| the rest | 90 | 0 |', '| all | 90 | 1001 |')
    expect(text).not_to include('mmap')
  end
end
