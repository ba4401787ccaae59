# frozen_string_literal: true

module Hyperion
  # Commands to a process that runs: a server that takes them over HTTP, and the `hyperion` sub-commands that ask it.
  # docs/control.md tells of both.
  module Control
  end
end

require_relative 'control/station'
