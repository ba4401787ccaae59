# frozen_string_literal: true

# For what becomes true without an event to wait for.
module Eventually
  EVENTUALLY_PAUSE_SECONDS = 0.002

  # Calls the block until its expectations hold, and answers its value. Fails as the block does when the time is over.
  def eventually(within: 5)
    deadline = monotonic + within
    begin
      yield
    rescue RSpec::Expectations::ExpectationNotMetError
      raise if monotonic > deadline

      IO.select(nil, nil, nil, EVENTUALLY_PAUSE_SECONDS)
      retry
    end
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
