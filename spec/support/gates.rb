# frozen_string_literal: true

# Holds threads of an application where an example wants them, and tells when they are there.
class Gate
  WAIT_SECONDS = 30

  # An application's thread waits here until the gate is opened. Answers `value`.
  def pass(value = nil)
    @arrived.push(Thread.current)
    @open.pop
    value
  end

  def initialize
    @arrived = Thread::Queue.new
    @open = Thread::Queue.new
  end

  # Waits until so many threads have arrived since the last call; answers them.
  def await(count = 1)
    Array.new(count) { Timeout.timeout(WAIT_SECONDS) { @arrived.pop } }
  end

  # Lets one thread go, one that waits or the next that comes.
  def let_one_pass
    @open.push(true)
  end

  # Lets everybody go from now on.
  def open
    @open.close
  end
end

# Gates and told bodies of an example: they open and finish when it ends.
module Gates
  def gate
    Gate.new.tap { |gate| gates << gate }
  end

  def told_body
    ToldBody.new.tap { |body| told_bodies << body }
  end

  def open_gates
    gates.each(&:open)
    told_bodies.each(&:finish)
  end

  private

  def gates
    @gates ||= []
  end

  def told_bodies
    @told_bodies ||= []
  end
end
