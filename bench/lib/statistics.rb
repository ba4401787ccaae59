# frozen_string_literal: true

module Bench
  # Figures of a list of numbers.
  module Statistics
    module_function

    # The number that this share (0.0 to 1.0) of the list does not exceed; nil of an empty list.
    def percentile(numbers, share)
      numbers.sort[[(numbers.size * share).ceil - 1, 0].max]
    end

    # The middle number, or the mean of the middle two.
    def median(numbers)
      sorted = numbers.sort
      middle = sorted.size / 2
      sorted.size.odd? ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0
    end
  end
end
