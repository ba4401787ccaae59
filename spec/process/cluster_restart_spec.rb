# frozen_string_literal: true

RSpec.describe 'A cluster that is restarted' do
  # Asks on one connection after another, and on one that stays, until the block ends; answers what was answered.
  def asking_throughout(process)
    going = true
    answers = Queue.new
    threads = [true, false].map do |keep|
      Thread.new { ask_on(process.port, keep) { |answer| answers << answer } while going }
    end
    yield
    Array.new(answers.size) { answers.pop }
  ensure
    going = false
    threads.each(&:join)
  end

  # Up to ten requests on one connection, as a client does that reads `connection: close`.
  def ask_on(port, keep)
    client = RawClient.open(port)
    (keep ? 10 : 1).times do
      response = client.get('/')
      yield Integer(response.body)
      break if response.closes?
    end
  ensure
    client&.close
  end

  [%w[share --no-preload], %w[share --preload], %w[reuseport --no-preload], %w[reuseport --preload]]
    .each do |mode, preload|
    it "renews worker after worker on USR1, and everything on USR2, under load (#{mode}, #{preload})" do
      process = start_cluster('--cluster-mode', mode, preload)
      first = booted(process)
      answered = asking_throughout(process) do
        renew(process, :USR1)
        renew(process, :USR2)
      end
      expect(answered.uniq & first).not_to be_empty
      expect(booted(process).size).to eq(6)
      expect(booted(process).last(2)).to include(asked(process))
      expect(first).to all(satisfy { |pid| gone?(pid) })
      process.signal(:TERM)
      expect(process.wait.exitstatus).to eq(0)
      expect(process.stderr).not_to include('worker has died')
    end

    it "serves what has changed since it began after USR1 (#{mode}, #{preload})" do
      path = rackup_file("run ->(_env) { [200, {}, ['old']] }")
      process = start_hyperion(path, '-p', '0', '-w', '2', '--cluster-mode', mode, preload)
      expect(get(process, '/').body).to eq('old')
      File.write(path, "run ->(_env) { [200, {}, ['new']] }")
      renew(process, :USR1)
      expect(Array.new(4) { get(process, '/').body }).to all(eq('new'))
    end
  end

  it 'goes on with what it has when the application cannot be loaded anew' do
    [[], ['--preload']].each do |arguments|
      path = rackup_file(Clusters::PIDS)
      process = start_hyperion(path, '-p', '0', '-w', '2', *arguments)
      process.await_output(/listening on/)
      File.write(path, 'raise "no database"')
      process.signal(:USR1)
      process.await_output(/what is there goes on/)
      expect(booted(process)).to include(asked(process))
      File.write(path, Clusters::PIDS)
      renew(process, :USR1)
      expect(booted(process).last(2)).to include(asked(process))
    end
  end

  it 'goes on with what it has when the new master cannot load the application' do
    path = rackup_file(Clusters::PIDS)
    process = start_hyperion(path, '-p', '0', '-w', '2')
    process.await_output(/listening on/)
    File.write(path, 'raise "no database"')
    process.signal(:USR2)
    process.await_output(/what is there goes on/)
    expect(booted(process)).to include(asked(process))
  end

  it 'goes on with what it has when the command cannot be executed' do
    process = start_cluster('-R', '/nowhere/at/all')
    process.signal(:USR2)
    process.await_output(/cannot execute anew/)
    expect(booted(process)).to include(asked(process))
    renew(process, :USR1)
    expect(booted(process).size).to eq(4)
  end

  it 'goes on with what it has when the configuration or a gem has become unusable' do
    arguments = configured("tag 'first'\n")
    process = start_cluster(*arguments)
    { "max_queue 'many'\n" => /max_queue/, "require 'no_such_gem'\n" => /no_such_gem/, "workers 2 (\n" => /syntax/ }
      .each_with_index do |(content, reason), number|
      File.write(arguments.last, content)
      process.signal(:USR2)
      await_times(process, 'cannot execute anew; what is there goes on', number + 1)
      expect(process.stderr.lines.grep(/cannot execute anew/).last).to match(reason)
      expect(booted(process)).to include(asked(process))
    end
    File.write(arguments.last, "tag 'second'\n")
    renew(process, :USR2)
    expect(title(process.pid)).to include('second')
  end

  it 'takes restarts that come before the last one has ended for one' do
    process = start_cluster
    3.times { process.signal(:USR1) }
    await_times(process, 'all workers are renewed', 1)
    expect(booted(process)).to include(asked(process))
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'says that an answer is the last of its connection while a worker retires' do
    process = start_cluster(workers: 1)
    client = connect(process.port)
    expect(client.get('/')).not_to be_closes
    process.signal(:USR1)
    await_times(process, 'message="worker serves"', 2)
    expect(client.get('/')).to be_closes
    await_times(process, 'all workers are renewed', 1)
  end

  it 'keeps listening sockets of single workers across USR2' do
    process = start_cluster('--cluster-mode', 'reuseport', workers: 3)
    listening = listening_inodes(process.port)
    expect(listening.size).to eq(3)
    renew(process, :USR2)
    expect(listening_inodes(process.port)).to match_array(listening)
    expect(sockets_of(process.pid)).to include(*listening)
  end
end
