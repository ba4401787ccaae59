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
    client = connect(running).write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    expect(client.take_rest).to end_with('hello')
    expect(running.server.loop_name).to eq('io_uring')
  end

  it 'gives way to epoll under a seccomp filter', skip: described_class.trouble do
    process = start_process(RbConfig.ruby, '-Ilib', '-e', forbidden)
    process.await_output(/served\nepoll\n:unavailable/)
    expect(process.output.scan('io_uring is unavailable').size).to eq(1)
    expect(process.output).to include('seccomp')
  end
end
