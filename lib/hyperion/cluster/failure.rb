# frozen_string_literal: true

module Hyperion
  class Cluster
    # What logs tell of an exception.
    #
    # @api private
    module Failure
      module_function

      # @param error [Exception]
      # @return [Hash{Symbol => String, nil}]
      def facts(error)
        { error: first_line(error), error_class: error.class.name, at: error.backtrace&.first }
      end

      # @param error [Exception]
      # @return [String]
      def line(error)
        "#{first_line(error)} (#{error.class})"
      end

      # @!visibility private
      def first_line(error)
        error.message.lines.first.to_s.chomp
      end

      private_class_method :first_line
    end
  end
end
