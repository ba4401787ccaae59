# frozen_string_literal: true

require 'fileutils'
require 'socket'
require 'tmpdir'

# What systemd does, as far as a process can tell: a socket that listens, which processes get as descriptor 3, and a
# datagram socket that hears how they are.
class PretendedManager
  # Sets LISTEN_PID, which must be the process's own number, and becomes the command.
  ACTIVATE = "ENV['LISTEN_PID'] = Process.pid.to_s; exec(*ARGV)"

  attr_reader :listener

  def initialize
    @directory = Dir.mktmpdir('hyperion-spec')
    @heard = Socket.new(:UNIX, :DGRAM)
    @heard.bind(Addrinfo.unix(path('notify')))
    @listener = Hyperion::Listener.open(['tcp://127.0.0.1:0'])
  end

  def port
    @listener.port
  end

  def path(name)
    File.join(@directory, name)
  end

  # The command with which a process is to be started, and how.
  def unit(*command, **environment)
    variables = { 'LISTEN_FDS' => '1', 'LISTEN_FDNAMES' => 'http', 'NOTIFY_SOCKET' => path('notify'), **environment }
    [[RbConfig.ruby, '-e', ACTIVATE, '--', *command],
     { environment: variables, descriptors: { 3 => @listener.sockets.first.fileno } }]
  end

  # Waits for a notice that has the line; answers its lines.
  def await(line)
    loop do
      raise "#{line} has not come" unless @heard.wait_readable(Eventually::PATIENCE_SECONDS)

      lines = @heard.recv(4096).lines(chomp: true)
      return lines if lines.include?(line)
    end
  end

  # Whether nothing comes for so long, what is there already aside.
  def silent?(seconds)
    nil while @heard.wait_readable(0) && @heard.recv(4096)
    @heard.wait_readable(seconds).nil?
  end

  def close
    @heard.close
    @listener.close
    FileUtils.remove_entry(@directory)
  end
end
