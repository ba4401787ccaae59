# frozen_string_literal: true

module Hyperion
  # A worker thread that runs its requests under a Fiber scheduler, each in a fiber of its own: one that waits lets the
  # others run. Between requests it waits for the engine's queue as it does for anything else, by the scheduler.
  #
  # @api private
  class FiberWorker
    # So many requests may begin one after the other before fibers that are ready have their turn.
    BATCH = 8

    # Runs a block in a fiber under a scheduler of its own, until it and all that it has scheduled have ended.
    #
    # @param scheduler [#call] makes a scheduler
    # @yield in a fiber that does not block
    # @return [Object, nil] what the block returned
    # @raise what the block raises
    def self.under(scheduler)
      result = error = nil
      Fiber.set_scheduler(scheduler.call)
      Fiber.schedule do
        result = yield
      rescue Exception => e # rubocop:disable Lint/RescueException -- raised again where the caller is
        error = e
      end
      Fiber.set_scheduler(nil)
      raise error if error

      result
    end

    # @param engine [Engine]
    # @param scheduler [#call] makes a scheduler
    # @param fibers [Integer] requests under way at once
    def initialize(engine, scheduler:, fibers:)
      @engine = engine
      @scheduler = scheduler
      @fibers = fibers
    end

    # Works, until the engine's queue is closed or has too many workers.
    #
    # @return [:closed]
    def run
      cabin = @engine.open_cabin
      bell = IO.for_fd(cabin.descriptor, autoclose: false)
      FiberWorker.under(@scheduler) { dispatch(cabin, bell) }
      :closed
    ensure
      cabin&.close
    end

    private

    def dispatch(cabin, bell)
      seats = Thread::Queue.new
      @fibers.times { seats.push(true) }
      begun = 0
      while seats.pop && next_job(cabin, bell)
        Fiber.schedule do
          cabin.run
        ensure
          seats.push(true)
        end
        give_turns(cabin) if ((begun += 1) % BATCH).zero?
      end
    end

    # False when there will be none.
    def next_job(cabin, bell)
      while (found = cabin.look)
        return true if found == :job

        bell.wait_readable
      end
      false
    end

    def give_turns(cabin)
      sleep(0)
      cabin.let_others_run
    end
  end
end
