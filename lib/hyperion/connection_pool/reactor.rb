# frozen_string_literal: true

module Hyperion
  class ConnectionPool
    # Connections that wait for their client: for bytes, for room to send, or for a time-out. One thread watches them
    # all, so that a client which is slow, or idle, keeps no thread of the pool.
    #
    # @api private
    class Reactor
      # A session that waits, and when it is to go on in any case.
      Wait = Struct.new(:session, :deadline)

      # @param stopping [StopSignal] ends all waits when it is set
      # @yieldparam session [Connection::Session] that may go on; in the reactor's thread
      def initialize(stopping, &ready)
        @stopping = stopping
        @ready = ready
        @lock = Mutex.new
        @reader, @writer = IO.pipe
        @new = [] # while there are some, the pipe holds a byte
        @waits = { readable: {}.compare_by_identity, writable: {}.compare_by_identity }
        @idle = IdleSockets.new
        @next_deadline = Float::INFINITY
        @stopped = false
      end

      # Starts the thread, unless it runs.
      #
      # @return [self]
      def start
        @lock.synchronize { @thread ||= Thread.new { watch }.tap { |thread| thread.name = 'hyperion reactor' } }
        self
      end

      # @param session [Connection::Session]
      # @param awaited [:readable, :writable]
      # @return [void]
      def add(session, awaited)
        @lock.synchronize do
          @idle.add(session.socket) if awaited == :readable && session.idle?
          @writer.write('.') if @new.empty?
          @new << [session, awaited]
        end
      end

      # @return [Boolean] whether a connection could give way to a new one
      def idle?
        !@idle.empty?
      end

      # Ends the connection that has been idle for longest.
      #
      # @return [Boolean] whether there was one
      def displace
        @idle.displace
      end

      # Ends the thread.
      #
      # @return [Array<Connection::Session>] those that waited
      def close
        @thread&.kill&.join
        @reader.close
        @writer.close
        @new.map(&:first) + @waits.each_value.flat_map { |waits| waits.each_value.map(&:session) }
      end

      private

      def watch
        loop do
          enter_new
          look
          release_late
          release_all if stopped?
        end
      end

      def enter_new
        entering = @lock.synchronize do
          @reader.readpartial(1) unless @new.empty?
          @new.tap { @new = [] }
        end
        entering.each do |session, awaited|
          wait = Wait.new(session, session.deadline)
          @waits[awaited][session.socket] = wait
          @next_deadline = [@next_deadline, wait.deadline || Float::INFINITY].min
        end
      end

      def look
        left = [@next_deadline - Deadline.now, 0].max unless @next_deadline.infinite?
        signals = [@reader, (@stopping unless @stopped)].compact
        readable, writable = IO.select(signals + @waits[:readable].keys, @waits[:writable].keys, nil, left)
        release(:readable, readable - signals) if readable
        release(:writable, writable) if writable
      rescue IOError, SystemCallError
        release_all # one of them is broken, and will find out
      end

      # The least deadline may be that of a connection which has gone on meanwhile.
      def release_late
        now = Deadline.now
        return if now < @next_deadline

        @waits.each { |awaited, waits| release(awaited, waits.select { |_, wait| wait.deadline&.<=(now) }.keys) }
        deadlines = @waits.each_value.flat_map { |waits| waits.each_value.filter_map(&:deadline) }
        @next_deadline = deadlines.min || Float::INFINITY
      end

      # True once.
      def stopped?
        @stopping.set? && !@stopped && (@stopped = true)
      end

      def release_all
        @waits.each { |awaited, waits| release(awaited, waits.keys) }
      end

      def release(awaited, sockets)
        sockets.each do |socket|
          wait = @waits[awaited].delete(socket) or next
          @idle.delete(socket)
          @ready.call(wait.session)
        end
      end
    end
  end
end
