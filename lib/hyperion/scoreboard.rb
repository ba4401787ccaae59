# frozen_string_literal: true

module Hyperion
  # The counters of all processes of a server, in memory that they share: made by the master before it forks, with a
  # slot for each worker, in which its loops count without asking anybody. What a worker has counted that has gone
  # stays in the sum, so that no counter falls while the scoreboard lives. There are no files, and nothing is left
  # behind.
  #
  # In the process: the master makes it, and says who has gone ({#leave}); workers {#enter} it; anybody reads.
  #
  # @example
  #   scoreboard = Hyperion::Scoreboard.new
  #   pid = fork { Hyperion::Server.new(app: app, scoreboard: scoreboard).start }
  #   scoreboard.sum[:counters][:app_requests] # => 12
  #   Process.wait(pid)
  #   scoreboard.leave(pid)
  class Scoreboard
    # @!method initialize(loops: 1, slots: 256)
    #   @param loops [Integer] of a worker at most
    #   @param slots [Integer] workers at once, the retiring ones of a restart included
    #   @raise [ArgumentError] for numbers out of range
    #   @raise [Error, SystemCallError] when there is no memory

    # @!method enter
    #   Takes a slot for this process; harmless when it has one.
    #   @return [self]
    #   @raise [Error] when every slot is taken

    # @!method leave(pid)
    #   Frees the slot of a process that has ended. For the process that made the scoreboard, in one thread at a time.
    #   @param pid [Integer]
    #   @return [Boolean] whether it had one

    # @!method count_restart(reason)
    #   A worker is replaced. For the process that made the scoreboard, in one thread at a time.
    #   @param reason [Symbol] one of the names that {#restarts} has
    #   @return [self]
    #   @raise [ArgumentError] for another

    # @!method restarts
    #   @return [Hash{Symbol => Integer}] how often workers were replaced, by the reason

    # @!method slot
    #   @return [Integer, nil] this process's

    # @!method slots
    #   @return [Integer] processes that have room

    # @!method loops
    #   @return [Integer] loops of a process that have room

    # @!method tell(facts)
    #   What this process knows of itself.
    #   @param facts [Hash{Symbol => Integer}]
    #   @return [self]
    #   @raise [ArgumentError] for a name that is unknown
    #   @raise [Error] when this process has no slot

    # @!method sum
    #   @return [Hash{Symbol => Object}] of all processes, those that have gone included: `counters` and `facts` by
    #     their names; `latency` and `queue` of the application, each with `buckets` (see {BUCKET_SECONDS}) and
    #     `usec`; `routes` with `name`, `requests`, `latency` and `queue`; `boots`, `exits` and
    #     `restarts`

    # @!method workers
    #   @return [Array<Hash{Symbol => Object}>] of each process that has a slot: `slot`, `pid`, and `counters`, `facts`,
    #     `latency` and `queue` as {#sum} has them
  end
end
