# frozen_string_literal: true

# The C loop run by hand, in a thread, on a listener of the example's own.
class LoopByHand
  END_SECONDS = 30

  attr_reader :listener, :thread

  def initialize(listener = TCPServer.new('127.0.0.1', 0), runner: :run_static_accept_loop)
    @listener = listener
    @thread = Thread.new { Hyperion::Http::PageCache.public_send(runner, listener.fileno) }
    @thread.report_on_exception = false
  end

  def port
    @port ||= @listener.local_address.ip_port
  end

  # Stops it and answers what it returned. It may be about to start yet: it is asked until it ends.
  def stop
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + END_SECONDS
    until @thread.join(0.02)
      raise 'the loop does not end' if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

      Hyperion::Http::PageCache.stop_accept_loop
    end
    @thread.value
  end

  # What it returns when it ends by itself.
  def outcome
    raise 'the loop does not end' unless @thread.join(END_SECONDS)

    @thread.value
  end

  def close
    @thread.kill
    end_thread
    @listener.close unless @listener.closed?
  end

  private

  def end_thread
    @thread.join(END_SECONDS)
  rescue StandardError, Interrupt
    nil # the example has seen it
  end
end

# Loops of an example: they end with it, and PageCache is as new.
module LoopsByHand
  # An example may name the function that runs it: `runner`.
  def run_by_hand(*arguments)
    options = respond_to?(:runner) ? { runner: runner } : {}
    LoopByHand.new(*arguments, **options).tap { |loop| loops_by_hand << loop }
  end

  def end_loops_by_hand
    loops_by_hand.each(&:close)
    loops_by_hand.clear
    cache = Hyperion::Http::PageCache
    cache.clear
    cache.clear_dynamic_blocks!
    cache.set_handoff_callback(nil)
    cache.set_lifecycle_callback(nil)
    cache.set_lifecycle_active(false)
  end

  private

  def loops_by_hand
    @loops_by_hand ||= []
  end
end
