# frozen_string_literal: true

# What this process holds.
module ProcessFacts
  def descriptors
    Dir.children('/proc/self/fd').size - 1 # the directory's own
  end

  # Resident memory in KiB.
  def resident_kib
    File.read('/proc/self/status')[/^VmRSS:\s+(\d+)/, 1].to_i
  end

  # Runs the block in a forked child, and answers what it returned. What it raises fails the example.
  def in_child
    reader, writer = IO.pipe
    pid = fork do
      reader.close
      writer.write(Marshal.dump(outcome_of { yield }))
      writer.close
      exit!(0)
    end
    writer.close
    finish_child(pid, reader)
  end

  private

  def outcome_of
    [:value, yield]
  rescue Exception => e # rubocop:disable Lint/RescueException -- the parent is to see it, whatever it is
    [:error, "#{e.class}: #{e.message}\n#{e.backtrace.first(8).join("\n")}"]
  end

  def finish_child(pid, reader)
    bytes = reader.wait_readable(30) ? reader.read : ''
    Process.kill(:KILL, pid) if bytes.empty?
    _, status = Process.wait2(pid)
    raise "the child ended without an answer: #{status.inspect}" if bytes.empty?

    kind, value = Marshal.load(bytes) # rubocop:disable Security/MarshalLoad -- our own child's
    kind == :error ? raise("in the child: #{value}") : value
  ensure
    reader.close
  end
end
