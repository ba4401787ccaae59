# frozen_string_literal: true

# For what becomes true without an event to wait for, and for how long things may take.
module Eventually
  # Only what never happens takes so long, on a machine however busy.
  PATIENCE_SECONDS = 30

  # What happens at once takes less, on a machine however busy; what waits for a time-out must take more.
  AT_ONCE_SECONDS = 5

  EVENTUALLY_PAUSE_SECONDS = 0.002

  # Calls the block until its expectations hold, and answers its value. Fails as the block does when the time is over.
  def eventually(within: PATIENCE_SECONDS)
    deadline = monotonic + within
    begin
      yield
    rescue RSpec::Expectations::ExpectationNotMetError
      raise if monotonic > deadline

      IO.select(nil, nil, nil, EVENTUALLY_PAUSE_SECONDS)
      retry
    end
  end

  # Ends a block that waits for an event which does not come.
  def patiently(&block)
    Timeout.timeout(PATIENCE_SECONDS, &block)
  end

  # For the seconds that something took.
  def be_at_once
    be < AT_ONCE_SECONDS
  end

  # Seconds that the block takes.
  def seconds
    start = monotonic
    yield
    monotonic - start
  end

  def monotonic
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
