# frozen_string_literal: true

module Hyperion
  # Notices that a server has had no connection for a while.
  #
  # @api private
  class IdleWatch
    # Looks in that time, at least.
    LOOKS = 4

    # @param server [Server]
    # @param seconds [Numeric] without a connection
    # @yield once, when they are over
    def initialize(server, seconds, &over)
      @server = server
      @seconds = seconds
      @over = over
    end

    # Looks, in a thread, while the block runs.
    #
    # @yield
    # @return what the block returns
    def during
      thread = Thread.new { watch }
      thread.name = 'hyperion idle watch'
      yield
    ensure
      thread&.kill
    end

    private

    def watch
      accepted = nil
      deadline = Deadline.new(@seconds)
      until deadline.left.zero?
        sleep(@seconds.to_f / LOOKS)
        stats = @server.stats
        deadline = Deadline.new(@seconds) if stats[:open].to_i.positive? || stats[:accepted] != accepted
        accepted = stats[:accepted]
      end
      @over.call
    end
  end
end
