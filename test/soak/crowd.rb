# frozen_string_literal: true

module Soak
  # Clients of one kind, as threads of a process of their own; it tells what they have seen when their time is over.
  class Crowd
    def initialize(size, seconds, &make_client)
      @size = size
      @seconds = seconds
      @make_client = make_client
    end

    # @return [self]
    def start
      @report, report = IO.pipe
      @pid = fork do
        @report.close
        Process.setrlimit(:NOFILE, Process.getrlimit(:NOFILE).last)
        report.write(Marshal.dump(work))
        report.close
        exit!(0)
      end
      report.close
      self
    end

    # @return [Hash] what the block of `work` gathered; blocks until the time is over
    def report
      Marshal.load(@report.read) # rubocop:disable Security/MarshalLoad -- our own child's
    ensure
      Process.wait(@pid)
    end

    private

    def work
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + @seconds
      complaints = Thread::Queue.new
      clients = Array.new(@size) { @make_client.call(complaints) }
      clients.map { |client| Thread.new { client.run_until(deadline) } }.each(&:join)
      { clients: clients.map { |client| tell(client) }, complaints: Array.new(complaints.size) { complaints.pop } }
    end

    def tell(client)
      %i[answers again slowest done].to_h { |name| [name, client.respond_to?(name) ? client.public_send(name) : nil] }
                                    .transform_values { |value| value.is_a?(Hash) ? value.to_a.to_h : value }
    end
  end
end
