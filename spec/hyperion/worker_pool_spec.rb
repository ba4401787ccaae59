# frozen_string_literal: true

RSpec.describe Hyperion::WorkerPool do
  let(:jobs) { Thread::Queue.new }
  let(:seen) { Thread::Queue.new }
  let(:pool) do
    described_class.new(2..2, name: 'test worker', logger: memory_log) do
      while (job = jobs.pop)
        job.call
      end
    end
  end

  before { pool.start }

  after do
    jobs.close
    pool.shutdown(Hyperion::Deadline.new(5))
  end

  def worker
    jobs << -> { seen << Thread.current }
    seen.pop
  end

  it 'runs its block in named threads' do
    expect(worker.name).to match(/\Atest worker [12]\z/)
  end

  it 'knows its threads' do
    expect(pool).to include(worker)
    expect(pool).not_to include(Thread.current)
  end

  it 'replaces threads that are killed' do
    4.times { worker.kill.join }
    expect(worker).to be_alive
  end

  it 'replaces a thread whose block raises, and says so' do
    jobs << lambda {
      seen << Thread.current
      raise IOError, 'no disk'
    }
    seen.pop.join
    expect(worker).to be_alive
    expect(memory_log.events).to match([[:warn, hash_including(message: 'worker thread died', error: 'no disk')]])
  end

  it 'ends when its threads return' do
    threads = Array.new(2) { worker }.uniq
    jobs.close
    expect(pool.shutdown(Hyperion::Deadline.new(5))).to eq(0)
    expect(threads).to all(satisfy { |thread| !thread.alive? })
  end

  it 'kills what does not return in time, and does not replace it' do
    jobs << lambda {
      seen << Thread.current
      Thread::Queue.new.pop
    }
    stuck = seen.pop
    jobs.close
    expect(pool.shutdown(Hyperion::Deadline.new(0.05))).to eq(1)
    expect(stuck).not_to be_alive
  end
end
