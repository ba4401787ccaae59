# frozen_string_literal: true

require 'socket'

RSpec.describe Hyperion::Listener do
  include_context 'with a directory'

  after { opened.each(&:close) }

  def listen(*binds, **options)
    binds = ['tcp://127.0.0.1:0'] if binds.empty?
    described_class.open(binds, **options).tap { |listener| opened << listener }
  end

  def opened
    @opened ||= []
  end

  def unix_path(name = 'app.sock')
    File.join(@directory, name)
  end

  describe 'on TCP' do
    it 'listens on the port that the kernel picked' do
      listener = listen
      expect(listener.port).to be_positive
      TCPSocket.new('127.0.0.1', listener.port).close
    end

    it 'has a socket for each loop, on one port' do
      listener = listen(count: 3)
      expect(listener.sockets.map { |socket| socket.local_address.ip_port }).to eq([listener.port] * 3)
      expect(listener.sockets.uniq.size).to eq(3)
    end

    it 'listens on several addresses at once' do
      listener = listen('tcp://127.0.0.1:0', 'tcp://127.0.0.2:0', count: 2)
      expect(listener.sockets.map { |socket| socket.local_address.ip_address }.tally)
        .to eq('127.0.0.1' => 2, '127.0.0.2' => 2)
    end

    it 'takes localhost for the loopback address of every family there is, on one port' do
      families = Socket.ip_address_list.select { |info| info.ipv4_loopback? || info.ipv6_loopback? }.map(&:afamily).uniq
      listener = listen('tcp://localhost:0')
      expect(listener.sockets.map { |socket| socket.local_address.afamily }).to match_array(families)
      expect(listener.sockets.map { |socket| socket.local_address.ip_port }.uniq).to eq([listener.port])
    end

    it 'listens on IPv6', if: Socket.ip_address_list.any?(&:ipv6_loopback?) do
      listener = listen('tcp://[::1]:0')
      expect(listener.urls).to eq(["http://[::1]:#{listener.port}"])
      TCPSocket.new('::1', listener.port).close
    end

    [1, 2].each do |count|
      it "refuses a port in use, with #{count} sockets" do
        port = listen.port
        expect { listen("tcp://127.0.0.1:#{port}", count: count) }.to raise_error(Errno::EADDRINUSE)
      end
    end

    it 'refuses a port that others share' do
      port = listen(count: 2).port
      expect { listen("tcp://127.0.0.1:#{port}", count: 2) }.to raise_error(Errno::EADDRINUSE)
    end

    it 'opens nothing when one address cannot be had' do
      port = listen.port
      expect { listen("unix://#{unix_path}", "tcp://127.0.0.1:#{port}") }.to raise_error(Errno::EADDRINUSE)
      expect(File.exist?(unix_path)).to be(false)
    end

    it 'frees its port' do
      listener = listen
      port = listener.port
      listener.close
      expect(listener).to be_closed
      expect(listen("tcp://127.0.0.1:#{port}").port).to eq(port)
    end

    it 'knows when it cannot be used any more, and listens anew on its port' do
      listener = listen
      port = listener.port
      expect(listener).to be_usable
      listener.sockets.first.close
      expect(listener).not_to be_usable
      expect(listener.reopen).to be_usable
      expect(listener.port).to eq(port)
      TCPSocket.new('127.0.0.1', port).close
    end

    it 'notices a socket that was shut down' do
      listener = listen
      listener.sockets.first.shutdown
      expect(listener).not_to be_usable
    end

    it 'refuses more loops than an engine has' do
      expect { listen('tcp://127.0.0.1:0', 'tcp://127.0.0.2:0', count: 33) }
        .to raise_error(ArgumentError, 'loops times addresses must be 64 at most, not 66')
    end
  end

  describe 'on unix sockets' do
    it 'shares one socket among the loops, and has no port' do
      listener = listen("unix://#{unix_path}", count: 2)
      expect(listener.sockets.map(&:fileno).uniq.size).to eq(1)
      expect(listener.sockets.size).to eq(2)
      expect(listener.port).to be_nil
      expect(listener.urls).to eq(["unix://#{unix_path}"])
      UNIXSocket.new(unix_path).close
    end

    it 'makes the file with the umask, and gives it the mode' do
      listen("unix://#{unix_path}?umask=0117")
      expect(File.stat(unix_path).mode & 0o777).to eq(0o660)
      listen("unix://#{unix_path('other.sock')}?umask=0177&mode=0666")
      expect(File.stat(unix_path('other.sock')).mode & 0o777).to eq(0o666)
    end

    it 'leaves the umask of the process as it was' do
      before = File.umask
      listen("unix://#{unix_path}?umask=0111")
      expect(File.umask).to eq(before)
    end

    it 'replaces a file on which nobody listens any more' do
      UNIXServer.new(unix_path).close
      listen("unix://#{unix_path}")
      UNIXSocket.new(unix_path).close
    end

    it 'refuses a path on which somebody listens, and leaves it to them' do
      server = UNIXServer.new(unix_path)
      expect { listen("unix://#{unix_path}") }.to raise_error(Errno::EADDRINUSE)
      UNIXSocket.new(unix_path).close
    ensure
      server&.close
    end

    it 'refuses a file that is no socket, and leaves it there' do
      File.write(unix_path, 'precious')
      expect { listen("unix://#{unix_path}") }.to raise_error(Errno::EADDRINUSE)
      expect(File.read(unix_path)).to eq('precious')
    end

    it 'removes the file at the end' do
      listen("unix://#{unix_path}").close
      expect(File.exist?(unix_path)).to be(false)
    end

    it 'leaves a file that another has put in its place' do
      listener = listen("unix://#{unix_path}")
      File.unlink(unix_path)
      other = UNIXServer.new(unix_path)
      listener.close
      expect(File.socket?(unix_path)).to be(true)
    ensure
      other&.close
    end

    it 'leaves the file to the process that made it', if: Process.respond_to?(:fork) do
      listener = listen("unix://#{unix_path}")
      in_child { listener.close.nil? }
      UNIXSocket.new(unix_path).close
    end

    it 'needs no file for an abstract name', if: RUBY_PLATFORM.include?('linux') do
      listen("unix://@hyperion-spec-#{Process.pid}")
      Socket.unix("\0hyperion-spec-#{Process.pid}").close
    end
  end

  describe 'with descriptors that listen already' do
    def taken_over(listener, **options)
      descriptors = listener.sockets.uniq.map { |socket| socket.dup.tap { |copy| copy.autoclose = false }.fileno }
      described_class.from_fds(descriptors, **options).tap { |other| opened << other }
    end

    it 'takes them over, by their addresses, and hands them on to nobody' do
      before = listen('tcp://127.0.0.1:0', "unix://#{unix_path}", count: 2)
      after = taken_over(before)
      expect(after.urls).to eq(before.urls)
      expect(after.sockets.size).to eq(3)
      expect(after.sockets).to all(be_close_on_exec)
    end

    it 'has a loop for each even when fewer are wanted, and several for one when more are' do
      expect(taken_over(listen(count: 3), count: 1).sockets.uniq.size).to eq(3)
      expect(taken_over(listen, count: 3).sockets.size).to eq(3)
    end

    it 'opens no address a second time' do
      before = listen
      after = described_class.open(["tcp://127.0.0.1:#{before.port}", "unix://#{unix_path}"],
                                   inherited: taken_over(before))
      opened << after
      expect(after.urls).to eq([*before.urls, "unix://#{unix_path}"])
    end

    it 'knows what was opened for any port, and closes what is not asked for any more' do
      kept = listen
      gone = listen
      inherited = taken_over(kept, asked: 'tcp://127.0.0.1:0') + taken_over(gone, asked: 'tcp://127.0.0.1:3000')
      gone.close
      after = described_class.open(['tcp://127.0.0.1:0'], inherited: inherited)
      opened << after
      expect(after.urls).to eq(kept.urls)
      expect(inherited.endpoints.last).not_to be_usable
    end

    it 'leaves the file of a unix socket to the service manager' do
      before = listen("unix://#{unix_path}")
      taken_over(before).close
      expect(File.socket?(unix_path)).to be(true)
      taken_over(before, asked: "unix://#{unix_path}").close
      expect(File.exist?(unix_path)).to be(false)
    end

    it 'refuses what does not listen' do
      reader, writer = IO.pipe
      expect { described_class.from_fds([reader.fileno]) }.to raise_error(Hyperion::Error, /no listening socket/)
      reader.autoclose = false
      socket = Socket.new(:INET, :STREAM)
      expect { described_class.from_fds([socket.fileno]) }.to raise_error(Hyperion::Error, /does not listen/)
      socket.autoclose = false
    ensure
      writer&.close
    end
  end
end
