# frozen_string_literal: true

# What a server has in the stead of its Hyperion::ConnectionPool on the engine Engine::SERVE: each connection has a
# thread, which is in Hyperion::Connection#serve from the first byte to the last.
class ServingThreads
  def initialize(app, name:, **)
    @app = app
    @name = name
    @stopping = Hyperion::StopSignal.new
    @connection = yield @stopping
    @lock = Mutex.new
    @served = {}.compare_by_identity # threads to their sockets
  end

  def submit(socket, partial = nil)
    @lock.synchronize do
      thread = Thread.new { serve(socket, partial) }
      thread.report_on_exception = false
      thread.name = "#{@name} of a connection"
      @served[thread] = socket
    end
    self
  end

  def open
    @served.size
  end

  def waiting
    0
  end

  def idle?
    false
  end

  def thread_counts
    { running: open, idle: 0, min: 0, max: open }
  end

  def include?(thread)
    @served.key?(thread)
  end

  def drain(patience = 0)
    @stopping.set(patience)
  end

  # As Hyperion::ConnectionPool does.
  def shutdown(deadline)
    drain unless @stopping.set?
    threads = @lock.synchronize { @served.keys }
    late = threads.reject { |thread| deadline.wait { |seconds| thread.join(seconds) } }
    late.each { |thread| thread.kill.join }
    @stopping.close
    late.size
  end

  private

  def serve(socket, partial)
    @connection.serve(socket, @app, max_request_read_seconds: nil, partial: partial)
  ensure
    @lock.synchronize { @served.delete(Thread.current) }
  end
end
