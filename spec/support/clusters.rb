# frozen_string_literal: true

require 'json'

# exe/hyperion with workers, and what its log tells of them.
module Clusters
  PIDS = <<~'RUBY'
    # frozen_string_literal: true
    run ->(_env) { [200, { 'content-type' => 'text/plain' }, [Process.pid.to_s]] }
  RUBY

  # A cluster that serves.
  def start_cluster(*arguments, workers: 2, app: PIDS, **options)
    start_hyperion(rackup_file(app), '-p', '0', '-w', workers.to_s, *arguments, **options)
      .tap { |process| process.await_output(/listening on/) }
  end

  # A configuration file with these words, as arguments.
  def configured(content)
    directory = Dir.mktmpdir('hyperion-spec')
    directories << directory
    path = File.join(directory, 'hyperion.rb').tap { |name| File.write(name, content) }
    ['-C', path]
  end

  # The numbers of the workers that the log says serve, in that order.
  def booted(process)
    process.output.scan(/message="worker serves" worker=\d+ pid=(\d+)/).map { |(pid)| pid.to_i }
  end

  # Waits until the log has a line so often.
  def await_times(process, pattern, times)
    eventually { expect(process.output.scan(pattern).size).to be >= times }
  end

  # The process that answers.
  def asked(process, path = '/')
    Integer(get(process, path).body)
  ensure
    close_clients
  end

  # Sends the signal, and waits until all workers are new.
  def renew(process, signal)
    before = process.output.scan('all workers are renewed').size
    process.signal(signal)
    await_times(process, 'all workers are renewed', before + 1)
  end

  def gone?(pid)
    Process.kill(0, pid)
    File.read("/proc/#{pid}/stat").split[2] == 'Z'
  rescue Errno::ESRCH, Errno::ENOENT
    true
  end

  # Of the sockets that listen on the port.
  def listening_inodes(port)
    File.readlines('/proc/net/tcp').drop(1).map(&:split).select do |fields|
      fields[3] == '0A' && fields[1].end_with?(format(':%04X', port))
    end.map { |fields| fields[9] }
  end

  # Of all sockets that a process has.
  def sockets_of(pid)
    Dir.children("/proc/#{pid}/fd").filter_map do |descriptor|
      File.readlink("/proc/#{pid}/fd/#{descriptor}")[/\Asocket:\[(\d+)\]/, 1]
    rescue Errno::ENOENT
      nil # closed meanwhile
    end
  end

  def title(pid)
    File.read("/proc/#{pid}/cmdline").delete("\0")
  end
end
