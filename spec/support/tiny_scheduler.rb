# frozen_string_literal: true

# As little of a Fiber scheduler as there can be: what Ruby asks of one, on IO.select.
class TinyScheduler
  def initialize
    @lock = Mutex.new
    @waiting = {}.compare_by_identity # fiber to [IO, events]
    @timers = {}.compare_by_identity # fiber to the time when it goes on
    @blocked = {}.compare_by_identity # fibers that somebody will unblock
    @ready = []
    @bell, @rope = IO.pipe
  end

  # ---- what Ruby calls ----

  def fiber(&block)
    Fiber.new(blocking: false, &block).tap(&:resume)
  end

  def io_wait(io, events, timeout)
    @waiting[Fiber.current] = [io, events]
    pause(timeout) ? events : false
  ensure
    @waiting.delete(Fiber.current)
  end

  def kernel_sleep(duration = nil)
    pause(duration)
    true
  end

  def block(_blocker, timeout = nil)
    @blocked[Fiber.current] = true
    pause(timeout)
  ensure
    @blocked.delete(Fiber.current)
  end

  # From any thread.
  def unblock(_blocker, fiber)
    @lock.synchronize { @ready << fiber }
    @rope.write_nonblock('.', exception: false)
  rescue IOError
    nil # closed: nobody waits any more
  end

  def close
    run
  ensure
    [@bell, @rope].each(&:close)
  end

  def run
    turn until @waiting.empty? && @timers.empty? && @blocked.empty? && @ready.empty?
  end

  private

  # True when what is waited for has come, false when the time is over.
  def pause(timeout)
    @timers[Fiber.current] = now + timeout if timeout
    Fiber.yield == :over ? false : true
  ensure
    @timers.delete(Fiber.current)
  end

  def turn
    readable, writable = IO.select([@bell, *ios(IO::READABLE)], ios(IO::WRITABLE), nil, patience)
    @bell.read_nonblock(100, exception: false) if readable&.include?(@bell)
    wake_unblocked
    came = @waiting.select { |_, (io, _)| [readable, writable].any? { |list| list&.include?(io) } }.keys
    came.each { |fiber| fiber.resume(:came) if @waiting.key?(fiber) }
    @timers.select { |_, at| at <= now }.each_key { |fiber| fiber.resume(:over) if @timers.key?(fiber) }
  end

  def wake_unblocked
    ready = @lock.synchronize { @ready.tap { @ready = [] } }
    ready.each { |fiber| fiber.resume(:came) if fiber.alive? && @blocked.key?(fiber) }
  end

  def ios(event)
    @waiting.values.filter_map { |io, events| io if (events & event).positive? }
  end

  def patience
    at = @timers.values.min
    return 0 unless @ready.empty?

    at && [at - now, 0].max
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
