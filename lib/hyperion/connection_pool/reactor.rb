# frozen_string_literal: true

module Hyperion
  class ConnectionPool
    # Connections that wait for their client: for bytes, for room to send, or for a time-out. One thread watches them
    # all, so that a client which is slow, or idle, keeps no thread of the pool. When the thread is killed, another
    # watches on.
    #
    # @api private
    class Reactor
      # A session that waits, and when it is to go on in any case.
      Wait = Struct.new(:session, :deadline)

      # For the thread to end.
      END_SECONDS = 1.0

      # @param logger [#warn]
      # @yieldparam session [Connection::Session] that may go on; in the reactor's thread
      def initialize(logger:, &ready)
        @ready = ready
        @lock = Mutex.new
        @reader, @writer = IO.pipe
        @new = [] # once there are some, the pipe has got a byte
        @waits = { readable: {}.compare_by_identity, writable: {}.compare_by_identity }
        @idle = IdleSockets.new
        @next_deadline = Float::INFINITY
        @released = @closed = false
        @thread = WorkerPool.new(1..1, name: 'hyperion reactor', logger: logger) { watch }
      end

      # Starts the thread, unless it runs.
      #
      # @return [self]
      def start
        @thread.start
        self
      end

      # @param session [Connection::Session]
      # @param awaited [:readable, :writable]
      # @return [void]
      # @raise [ClosedQueueError] when the reactor is closed
      def add(session, awaited)
        @lock.synchronize do
          raise ClosedQueueError, 'nothing is watched any more' if @closed

          @idle.add(session.socket) if awaited == :readable && session.idle?
          @new << [session, awaited]
          wake if @new.one?
        end
      end

      # Lets all go on that wait now: they are to see how long they may wait. Any thread, and signal handlers.
      #
      # @return [void]
      def release
        @released = true
        wake
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
        @lock.synchronize { @closed = true }
        wake
        @thread.shutdown(Deadline.new(END_SECONDS))
        @reader.close
        @writer.close
        @new.map(&:first) + @waits.each_value.flat_map { |waits| waits.each_value.map(&:session) }
      end

      private

      def wake
        @writer.write_nonblock('.', exception: false)
      rescue IOError
        nil # nothing is watched any more
      end

      # A thread that is killed is killed while it waits, so that no session is on its way from one place to another.
      def watch
        Thread.handle_interrupt(Object => :never) do
          until @closed
            enter_new
            look
            release_late
          end
        end
      end

      def enter_new
        entering = @lock.synchronize { @new.tap { @new = [] } }
        entering.each do |session, awaited|
          wait = Wait.new(session, session.deadline)
          @waits[awaited][session.socket] = wait
          @next_deadline = [@next_deadline, wait.deadline || Float::INFINITY].min
        end
      end

      def look
        readable, writable = select
        @reader.read_nonblock(Connection::Input::BYTES, exception: false) if readable&.delete(@reader)
        let_go(:readable, readable) if readable
        let_go(:writable, writable) if writable
      rescue IOError, SystemCallError
        let_all_go # one of them is broken, and will find out
      end

      def select
        left = [@next_deadline - Deadline.now, 0].max unless @next_deadline.infinite?
        Thread.handle_interrupt(Object => :immediate) do
          IO.select([@reader, *@waits[:readable].keys], @waits[:writable].keys, nil, left)
        end
      end

      # The least deadline may be that of a connection which has gone on meanwhile.
      def release_late
        return let_all_go if @released

        now = Deadline.now
        return if now < @next_deadline

        @waits.each { |awaited, waits| let_go(awaited, waits.select { |_, wait| wait.deadline&.<=(now) }.keys) }
        deadlines = @waits.each_value.flat_map { |waits| waits.each_value.filter_map(&:deadline) }
        @next_deadline = deadlines.min || Float::INFINITY
      end

      def let_all_go
        @released = false
        @waits.each { |awaited, waits| let_go(awaited, waits.keys) }
        @next_deadline = Float::INFINITY
      end

      def let_go(awaited, sockets)
        sockets.each do |socket|
          wait = @waits[awaited].delete(socket) or next
          @idle.delete(socket)
          @ready.call(wait.session)
        end
      end
    end
  end
end
