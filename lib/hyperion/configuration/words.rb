# frozen_string_literal: true

module Hyperion
  class Configuration
    # What command lines and the environment say, as values of settings. What makes no sense is refused by a message
    # that begins with where it stands.
    #
    # @api private
    module Words
      module_function

      # @param place [String] such as `-p` or `PORT`
      # @param text [String]
      # @return [Integer]
      # @raise [ArgumentError]
      def whole(place, text)
        Integer(text, 10)
      rescue ArgumentError
        raise ArgumentError, "#{place} takes a number, not #{text}"
      end

      # @return [Numeric] seconds (see .whole)
      def seconds(place, text)
        text.match?(/\A\d+\z/) ? text.to_i : Float(text)
      rescue ArgumentError
        raise ArgumentError, "#{place} takes a number of seconds, not #{text}"
      end

      # @return [Range<Integer>] of `5` or `1:5` (see .whole)
      def threads(place, text)
        least, most, more = text.split(':', -1)
        raise ArgumentError, "#{place} takes MIN:MAX or one number, not #{text}" if more || most == '' || least.nil?

        least = whole(place, least)
        least..(most ? whole(place, most) : least)
      end

      # @return [Integer, Symbol] of `2` or `auto` (see .whole)
      def workers(place, text)
        return :auto if text == 'auto'

        Integer(text, 10)
      rescue ArgumentError
        raise ArgumentError, "#{place} takes a number or auto, not #{text}"
      end

      # @return [String] (see .whole)
      def text(place, text)
        raise ArgumentError, "#{place} takes a word that is not empty" if text.empty?

        text
      end
    end
  end
end
