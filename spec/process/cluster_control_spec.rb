# frozen_string_literal: true

require 'json'
require 'socket'

RSpec.describe 'Commands to a cluster' do
  around do |example|
    Dir.mktmpdir('hyperion-spec') do |directory|
      @socket = File.join(directory, 'control.sock')
      example.run
    end
  end

  def start_controlled(*arguments)
    start_cluster('--control-url', "unix://#{@socket}", '--control-token', 'none', *arguments)
  end

  # What the control server answers.
  def command(path)
    client = RawClient.new(Socket.unix(@socket))
    client.get(path).body
  ensure
    client&.close
  end

  def ask(path)
    JSON.parse(command(path), symbolize_names: true)
  end

  [[], ['--preload']].each do |arguments|
    it "tell how the workers are #{arguments.join}" do
      process = start_controlled(*arguments)
      20.times { asked(process) }
      stats = eventually do
        told = ask('/stats')
        expect(told[:worker_status].sum { |worker| worker[:last_status][:requests_count].to_i }).to eq(20)
        told
      end
      expect(stats).to include(workers: 2, phase: 0, booted_workers: 2, old_workers: 0)
      expect(stats[:worker_status].map { |worker| worker[:pid] }).to match_array(booted(process))
      expect(stats[:worker_status].first[:last_status]).to include(backlog: 0, running: 5, max_threads: 5)
      expect(ask('/thread-backtraces').values.map { |threads| threads.map { |one| one[:name] } })
        .to all(include('main', 'hyperion worker 1'))
      before = ask('/gc-stats')
      expect(ask('/gc')).to eq(status: 'ok')
      expect(ask('/gc-stats')[:'0'][:major_gc_count]).to be > before[:'0'][:major_gc_count]
      expect(command('/metrics')).to match(/^hyperion_requests_total\{kind="app"\} 20$/)
    end

    it "renew the workers, and the master, and end it #{arguments.join}" do
      process = start_controlled(*arguments)
      ask('/phased-restart')
      await_times(process, 'all workers are renewed', 1)
      expect(ask('/stats')).to include(phase: 1, old_workers: 0)
      ask('/restart')
      await_times(process, 'all workers are renewed', 2)
      expect(ask('/stats')).to include(phase: 2, booted_workers: 2)
      ask('/stop')
      expect(process.wait.exitstatus).to eq(0)
      expect(File.exist?(@socket)).to be(false)
    end
  end

  it 'end it at once' do
    process = start_controlled
    workers = booted(process)
    expect(ask('/halt')).to eq(status: 'ok')
    expect(process.wait.exitstatus).to eq(130)
    expect(workers).to all(satisfy { |pid| gone?(pid) })
  end

  it 'are not taken by workers that have lost their master' do
    process = start_controlled
    process.signal(:KILL)
    process.wait
    expect { Socket.unix(@socket) }.to raise_error(Errno::ECONNREFUSED)
  end
end
