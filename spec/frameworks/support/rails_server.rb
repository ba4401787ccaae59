# frozen_string_literal: true

require 'tmpdir'

module Frameworks
  # `rails server -u hyperion`, started for real in a process of its own, on a port that the kernel picks.
  class RailsServer
    DIRECTORY = File.expand_path('../rails_app', __dir__)
    START_SECONDS = 55

    attr_reader :process

    def initialize(*arguments, environment: {})
      @pid_file = File.join(Dir.mktmpdir('hyperion-rails'), 'server.pid')
      command = [RbConfig.ruby, 'bin/rails', 'server', '-u', 'hyperion', '-p', '0', '-P', @pid_file, *arguments]
      @process = StartedProcess.new(command, environment: environment, directory: DIRECTORY)
    end

    # The port that Hyperion tells; Rails tells the one it was asked for.
    def port
      @port ||= @process.await_output(/hyperion .* listening on \S+?:(\d+)[, ]/, within: START_SECONDS)[1].to_i
    end

    # What it has told so far.
    def output
      @process.output
    end

    def end
      @process.finish
      @process.remove_files
      FileUtils.remove_entry(File.dirname(@pid_file))
    end
  end
end
