# frozen_string_literal: true

require 'json'
require 'open3'

# Sub-commands of exe/hyperion, and the control server that they ask.
module Commands
  # What a sub-command tells, what it complains of, and its exit status.
  def hyperion(*arguments, directory: StartedProcess::PROJECT)
    program = %w[lib exe/hyperion].map { |path| File.join(StartedProcess::PROJECT, path) }
    out, err, status = Open3.capture3(RbConfig.ruby, '-I', *program, *arguments, chdir: directory)
    [out, err, status.exitstatus]
  end

  # What `hyperion stats` tells.
  def stats_of(state)
    out, err, status = hyperion('stats', '-S', state)
    raise err unless status.zero?

    JSON.parse(out)
  end

  # A connection to the control server on this unix socket.
  def control(path)
    RawClient.new(Socket.unix(path)).tap { |client| clients << client }
  end
end
