# frozen_string_literal: true

require 'json'
require 'open3'
require_relative 'failure'
require_relative 'rails_server'

module Bench
  # What the Rails application costs when no server is around it: it is called in a loop with an env that is ready.
  class RailsAlone
    PROGRAM = File.join(Contestant::ROOT, 'bench', 'servers', 'rails_alone.rb')
    CORE = 0

    # CPU time per call in microseconds.
    def run(seconds)
      server = RailsServer.new
      output, status = Open3.capture2e(server.environment, 'taskset', '-c', CORE.to_s, RbConfig.ruby, '-S', 'bundle',
                                       'exec', RbConfig.ruby, PROGRAM, seconds.to_s)
      raise Failure, "rails_alone failed: #{output}" unless status.success?

      output.lines.last.to_f
    end
  end
end
