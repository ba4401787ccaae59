# frozen_string_literal: true

require 'io/wait'
require 'json'
require 'socket'

module Hyperion
  class Cluster
    # What a master and one of its children tell each other: lines of JSON, by a socket pair, and descriptors that come
    # with them. The end of one side is the other's end of file, however it has ended.
    #
    # @api private
    class Channel
      # Read at once.
      READ_BYTES = 65_536

      # More than the descriptors that come at once take.
      CONTROL_BYTES = 1024

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
        @ios = []
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
      # @param ios [Array<IO>] that the other side is to have, too
      # @param details [Hash{Symbol => Object}] what JSON can say
      # @return [Boolean] whether the other side is there
      def tell(kind, ios: [], **details)
        details[:ios] = ios.size if ios.any?
        @lock.synchronize { write("#{JSON.generate({ kind: kind, **details })}\n", ios) }
        true
      rescue SystemCallError, IOError
        false
      end

      # Everything that has come, without waiting. Sets {#ended?} at the end.
      #
      # @return [Array<Hash{Symbol => Object}>] each with its `:kind`, a String, and with `:ios` that came with it
      def messages
        read until @ended || drained?
        @received.slice!(/\A.*\n/m).to_s.lines.map { |line| message(line) }
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

      # Descriptors go with the first bytes.
      def write(bytes, ios)
        until bytes.empty?
          written = @socket.sendmsg_nonblock(bytes, 0, nil, *rights(ios), exception: false)
          if written == :wait_writable
            @socket.wait_writable(@patience) or raise Errno::EPIPE, 'the other side does not read'
          else
            bytes = bytes.byteslice(written, bytes.bytesize - written)
            ios = []
          end
        end
      end

      def rights(ios)
        ios.empty? ? [] : [Socket::AncillaryData.unix_rights(*ios)]
      end

      def message(line)
        message = JSON.parse(line, symbolize_names: true)
        message.key?(:ios) ? { **message, ios: @ios.shift(message[:ios]) } : message
      end

      def drained?
        @drained.tap { @drained = false }
      end

      def read
        options = { scm_rights: true, exception: false }
        bytes, _from, _flags, *controls = @socket.recvmsg_nonblock(READ_BYTES, 0, CONTROL_BYTES, **options)
        case bytes
        when nil, '' then @ended = true
        when :wait_readable then @drained = true
        else
          @received << bytes.force_encoding(Encoding::UTF_8)
          @ios.concat(controls.flat_map(&:unix_rights))
        end
      rescue SystemCallError, IOError
        @ended = true
      end
    end
  end
end
