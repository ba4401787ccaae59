# frozen_string_literal: true

module Hyperion
  # What every thread of this process is doing.
  #
  # @api private
  module Backtraces
    module_function

    # @return [Array<Hash{Symbol => Object}>] name and backtrace of each thread, as Puma's `thread-backtraces` has them
    def all
      Thread.list.map { |thread| { name: name_of(thread), backtrace: thread.backtrace || [] } }
    end

    # Takes no lock, so that a signal handler may.
    #
    # @param logger [#warn]
    # @param about [Hash{Symbol => Object}] which process it is
    # @return [nil]
    def log(logger, **about)
      all.each do |thread|
        logger.warn do
          { message: 'thread backtrace', **about, thread: thread[:name], backtrace: thread[:backtrace].join(' | ') }
        end
      end
      nil
    end

    # @!visibility private
    def name_of(thread)
      return 'main' if thread == Thread.main

      thread.name || thread.inspect
    end

    private_class_method :name_of
  end
end
