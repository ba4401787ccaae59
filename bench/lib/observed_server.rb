# frozen_string_literal: true

require 'fileutils'
require_relative 'hyperion_server'

module Bench
  # Hyperion with nothing on that tells what it does, on the gems of the bundle.
  class UnobservedServer < HyperionServer
    attr_reader :path

    # @param path [String] what is asked for
    def initialize(path)
      super()
      @path = path
    end

    def name
      'nothing on'
    end

    def environment
      {}
    end
  end

  # The same with everything: an access log in a file, metrics, a health route.
  class ObservedServer < UnobservedServer
    FORMATS = %w[json combined common].freeze
    THREADS = 5

    # @param format [String] the log's
    def initialize(path, format)
      super(path)
      @format = format
    end

    def name
      "#{@format} log, metrics"
    end

    def log_file
      File.join(WORK_DIRECTORY, 'logs', 'access.log')
    end

    def command(port)
      FileUtils.mkdir_p(File.dirname(log_file))
      [*super, THREADS.to_s, log_file, @format]
    end
  end
end
