# frozen_string_literal: true

require 'io/wait'
require 'json'
require 'socket'

module Hyperion
  class Cluster
    # What a master and one of its children tell each other: lines of JSON, by a socket pair. The end of one side is
    # the other's end of file, however it has ended.
    #
    # @api private
    class Channel
      # Read at once.
      READ_BYTES = 65_536

      # How long a child waits for its master to read. A master does not wait: it would not be there for the others.
      PATIENCE_SECONDS = 1

      # @return [Array(Channel, Channel)] the master's side, the child's side
      def self.pair
        mine, other = UNIXSocket.pair
        [new(mine), new(other, patience: PATIENCE_SECONDS)]
      end

      # @param socket [UNIXSocket]
      # @param patience [Numeric] seconds that {#tell} may wait
      def initialize(socket, patience: 0)
        @socket = socket
        @patience = patience
        @received = +''
        @lock = Mutex.new
        @ended = false
      end

      # @return [UNIXSocket]
      def to_io
        @socket
      end

      # @return [Boolean] whether the other side has gone
      def ended?
        @ended
      end

      # @param kind [Symbol]
      # @param details [Hash{Symbol => Object}] what JSON can say
      # @return [Boolean] whether the other side is there
      def tell(kind, **details)
        @lock.synchronize { write("#{JSON.generate({ kind: kind, **details })}\n") }
        true
      rescue SystemCallError, IOError
        false
      end

      # Everything that has come, without waiting. Sets {#ended?} at the end.
      #
      # @return [Array<Hash{Symbol => Object}>] each with its `:kind`, a String
      def messages
        read until @ended || drained?
        @received.slice!(/\A.*\n/m).to_s.lines.map { |line| JSON.parse(line, symbolize_names: true) }
      end

      # Waits for something to come.
      #
      # @param seconds [Numeric, nil] nil: for ever
      # @return [Array<Hash{Symbol => Object}>]
      def wait(seconds = nil)
        IO.select([@socket], nil, nil, seconds) ? messages : []
      end

      # @return [nil]
      def close
        @socket.close
        nil
      end

      private

      def write(bytes)
        until bytes.empty?
          written = @socket.write_nonblock(bytes, exception: false)
          if written == :wait_writable
            @socket.wait_writable(@patience) or raise Errno::EPIPE, 'the other side does not read'
          else
            bytes = bytes.byteslice(written, bytes.bytesize - written)
          end
        end
      end

      def drained?
        @drained.tap { @drained = false }
      end

      def read
        bytes = @socket.read_nonblock(READ_BYTES, exception: false)
        case bytes
        when nil then @ended = true
        when :wait_readable then @drained = true
        else @received << bytes.force_encoding(Encoding::UTF_8)
        end
      rescue SystemCallError, IOError
        @ended = true
      end
    end
  end
end
