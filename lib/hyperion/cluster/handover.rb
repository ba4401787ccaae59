# frozen_string_literal: true

require 'json'
require 'socket'

module Hyperion
  class Cluster
    # What a master that executes itself anew leaves to the process that it becomes, beside the listening sockets
    # ({InheritedListeners}): its workers, who go on serving, and the sockets of single slots.
    #
    # @api private
    class Handover
      # `{"pid": 1, "generation": 0, "slots": {"1": [9]}, "workers": [{"index": 0, "pid": 2, "channel": 8}]}`
      VARIABLE = 'HYPERION_WORKERS'

      class << self
        # @param environment [Hash{String => String}, ENV] its variable is removed
        # @return [Handover, nil] nil: there is none for this process
        def take(environment: ENV)
          told = JSON.parse(environment.delete(VARIABLE) || '{}', symbolize_names: true)
          new(told) if told[:pid] == Process.pid
        rescue JSON::ParserError
          nil
        end

        # @param fleet [Fleet]
        # @param sockets [Sockets]
        # @param generation [Integer]
        # @return [Array(Hash{String => String}, Hash{Integer => Integer})] what the environment and the options of
        #   the `exec` must have
        def of(fleet, sockets, generation)
          slots = sockets.slots.transform_values { |list| list.map(&:fileno) }
          workers = fleet.slots.filter_map(&:serving).map do |handle|
            { index: handle.index, pid: handle.pid, generation: handle.generation, channel: handle.to_io.fileno }
          end
          descriptors = slots.values.flatten + workers.map { |worker| worker[:channel] }
          [{ VARIABLE => JSON.generate(pid: Process.pid, generation: generation, slots: slots, workers: workers) },
           descriptors.to_h { |descriptor| [descriptor, descriptor] }]
        end
      end

      # @return [Integer] of the newest workers
      attr_reader :generation

      # @return [Hash{Integer => WorkerHandle}] by the index of their slots
      attr_reader :workers

      # @param told [Hash{Symbol => Object}]
      def initialize(told)
        @generation = told[:generation]
        @workers = told[:workers].to_h { |worker| [worker[:index], handle(worker)] }
        @slots = told[:slots]
      end

      # @param listener [Listener] whose sockets are among them: a descriptor must have one owner
      # @return [Hash{Integer => Array<Socket>}] of the slots that have sockets of their own
      def slots(listener)
        known = listener.sockets.to_h { |socket| [socket.fileno, socket] }
        @slots.to_h do |index, descriptors|
          [index.to_s.to_i, descriptors.map { |descriptor| known[descriptor] ||= socket(descriptor) }]
        end
      end

      private

      def handle(worker)
        channel = UNIXSocket.for_fd(worker[:channel])
        channel.close_on_exec = true
        WorkerHandle.new(worker[:index], worker[:generation], Channel.new(channel), pid: worker[:pid], state: :serving)
      end

      def socket(descriptor)
        Socket.for_fd(descriptor).tap { |socket| socket.close_on_exec = true }
      end
    end
  end
end
