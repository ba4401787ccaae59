# frozen_string_literal: true

module Bench
  # A contestant that cannot be measured: it does not start, does not answer, or answers something else.
  class Failure < StandardError
  end
end
