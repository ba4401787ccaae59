# frozen_string_literal: true

RSpec.describe Hyperion::Server::IoUring do
  let(:log) { CollectedLog.new }

  # A program that forbids itself io_uring as a container's seccomp filter does: call 425 answers EPERM.
  let(:forbidden) do
    <<~'RUBY'
      require 'fiddle'
      require 'hyperion'
      prctl = Fiddle::Function.new(Fiddle::Handle::DEFAULT['prctl'], [Fiddle::TYPE_LONG] * 2 + [Fiddle::TYPE_VOIDP] +
                                   [Fiddle::TYPE_LONG] * 2, Fiddle::TYPE_INT)
      filter = [[0x20, 0, 0, 0], [0x15, 0, 1, 425], [0x06, 0, 0, 0x0005_0001], [0x06, 0, 0, 0x7fff_0000]]
      code = filter.map { |instruction| instruction.pack('SCCL') }.join
      program = [4, Fiddle::Pointer[code].to_i].pack('Sx6Q')
      abort 'no new privileges: refused' unless prctl.call(38, 1, nil, 0, 0).zero?
      abort 'filter: refused' unless prctl.call(22, 2, Fiddle::Pointer[program], 0, 0).zero?
      server = Hyperion::Server.new(app: ->(_env) { [200, {}, ['served']] }, port: 0, backend: :io_uring)
      server.listen
      thread = Thread.new { server.start }
      socket = TCPSocket.new('127.0.0.1', server.port)
      socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      puts socket.read.lines.last, server.loop_name
      p Hyperion::Http::PageCache.run_static_io_uring_loop(TCPServer.new('127.0.0.1', 0).fileno)
      server.stop
      thread.join
    RUBY
  end

  # A program of an ordinary user who may lock this much memory, and before that too little for any ring.
  let(:limited) do
    <<~'RUBY'
      require 'etc'
      require 'hyperion'
      limit = Integer(ARGV[0])
      Process.setrlimit(:MEMLOCK, 65_536, limit)
      if Process.uid.zero?
        nobody = Etc.getpwnam('nobody')
        Process::GID.change_privilege(nobody.gid)
        Process::UID.change_privilege(nobody.uid)
      end
      abort 'rings are not counted' unless Hyperion::Server::IoUring.trouble
      listener = TCPServer.new('127.0.0.1', 0)
      puts "by hand: #{Hyperion::Http::PageCache.run_static_io_uring_loop(listener.fileno)}"
      Process.setrlimit(:MEMLOCK, limit, limit)
      server = Hyperion::Server.new(app: ->(_env) { [200, {}, ['served']] }, port: 0, backend: :io_uring, loops: 3)
      server.listen
      thread = Thread.new { server.start }
      20.times do
        socket = TCPSocket.new('127.0.0.1', server.port)
        socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = socket.read
        abort "wrong: #{answer.inspect}" unless answer.end_with?("\r\n\r\nserved")
      end
      puts "served by #{server.loop_name}"
      server.stop
      thread.join
      puts 'ended'
    RUBY
  end

  def choose(configured, environment = nil)
    with_environment('HYPERION_IO_URING_ACCEPT' => environment) { described_class.choose(configured, log) }
  end

  it 'is the backend where the configuration or the environment asks for it, the former first' do
    allow(described_class).to receive(:trouble).and_return(nil)

    expect(choose(:io_uring)).to be(:io_uring)
    expect(choose(nil, '1')).to be(:io_uring)
    expect(choose(:epoll, '1')).to be(:epoll)
    expect(choose(nil)).to be_nil
    expect(log.complaints).to be_empty
  end

  it 'gives way to the default with one warning that names the cause' do
    allow(Hyperion::Http::PageCache).to receive(:io_uring_loop_compiled?).and_return(false)

    expect(choose(nil, '1')).to be_nil
    expect(log.complaints.map(&:fields)).to contain_exactly(include(cause: 'it is not compiled in'))
  end

  it 'tells the causes apart' do
    { Errno::ENOSYS => /older/, Errno::ENOMEM => /locked/, Errno::EMFILE => /open files/ }.each do |error, cause|
      expect(described_class.cause_of(error::Errno, disabled: '0')).to match(cause)
    end
    expect(described_class.cause_of(Errno::EPERM::Errno, disabled: '2')).to include('kernel.io_uring_disabled is 2')
    expect(described_class.cause_of(Errno::EPERM::Errno, disabled: nil)).to include('seccomp')
  end

  it 'is what serves where it can be had', skip: described_class.trouble do
    running = serve(->(_env) { [200, { 'content-type' => 'text/plain' }, ['hello']] }, backend: :io_uring)
    expect(get(running, '/').body).to eq('hello')
    expect(running.server.loop_name).to eq('io_uring')
  end

  it 'gives way to epoll under a seccomp filter', skip: described_class.trouble do
    process = start_process(RbConfig.ruby, '-Ilib', '-e', forbidden)
    process.await_output(/served\nepoll\n:unavailable/)
    expect(process.output.scan('io_uring is unavailable').size).to eq(1)
    expect(process.output).to include('seccomp')
  end

  { 'no ring' => 65_536, 'less than three rings' => 700_000 }.each do |enough, bytes|
    it "gives way to epoll where an ordinary user may lock memory for #{enough}", skip: described_class.trouble do
      process = start_process(RbConfig.ruby, '-Ilib', '-e', limited, bytes.to_s)
      process.await_output(/^(ended|rings are not counted)/)
      skip 'this kernel does not count rings as locked memory' if process.output.include?('not counted')
      expect(process.output).to include('by hand: unavailable', 'served by epoll', 'RLIMIT_MEMLOCK')
      expect(process.output.scan('io_uring is unavailable').size).to eq(1)
      expect(process.output).not_to include('crashed')
    end
  end
end
