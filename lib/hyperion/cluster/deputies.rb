# frozen_string_literal: true

module Hyperion
  class Cluster
    # Who accepts from the sockets of a slot whose worker has died, until its successor serves. That may take as long as
    # the application takes to load, and where each slot has sockets of its own, what waits in them would wait for it.
    #
    # In the process: the master's. In the workers, {Deputy} does it.
    #
    # @api private
    class Deputies
      # @param logger [#info]
      def initialize(logger)
        @logger = logger
        @deputies = {}
      end

      # Sees to it that every slot that is vacant has one, and no other.
      #
      # @param slots [Array<Slot>]
      # @return [nil]
      def step(slots)
        @deputies.delete_if { |slot, deputy| deputy.state != :serving || relieved?(slot, deputy, slots) }
        slots.each { |slot| appoint(slot, slots) if slot.vacant? && !@deputies.key?(slot) }
        nil
      end

      private

      def relieved?(slot, deputy, slots)
        return false if slot.vacant? && slots.include?(slot)

        deputy.channel.tell(:relieve, slot: slot.index)
      end

      # Who stands in for the fewest.
      def appoint(slot, slots)
        others = slots.select { |other| other.serving && (slot.sockets - other.sockets).any? }
        other = others.min_by { |one| @deputies.values.count(one.serving) } or return
        deputy = other.serving
        return unless deputy.channel.tell(:deputise, slot: slot.index, ios: slot.sockets - other.sockets)

        @deputies[slot] = deputy
        @logger.info do
          { message: 'worker accepts in the place of one that has died', worker: deputy.index, pid: deputy.pid,
            place: slot.index }
        end
      end
    end
  end
end
