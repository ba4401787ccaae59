# frozen_string_literal: true

require_relative 'contestant'
require_relative '../../spec/frameworks/support/family'

module Bench
  # The Rails application of the specs on five threads, in production, which logs nothing; subclasses differ in the
  # server.
  class RailsServer < Contestant
    FAMILY = Frameworks::Family.all(['rails']).first
    RACKUP_FILE = File.join(Frameworks::Family::SPECS, 'rails_app', 'config.ru')

    def kinds
      [:rails]
    end

    # What it does for a request, for the table.
    def work
      'Rails hello, 5 threads'
    end

    def tuning
      "Rails #{version_of('rails')}, production, no log, five threads"
    end

    def version
      version_of(gem_name)
    end

    # What is asked for; the answer's body must be `hello`.
    def path
      '/hello'
    end

    def obstacle
      'the gems of Rails are not installed; bench/setup does it' unless @installed ||= FAMILY.installed?
    end

    def environment
      { **FAMILY.environment, 'RAILS_ENV' => 'production', 'RACK_ENV' => 'production', 'RUBYOPT' => nil,
                              'RUBY_YJIT_ENABLE' => '1' }
    end

    private

    # What Bundler has chosen for this Ruby, or nil.
    def version_of(gem)
      File.read("#{FAMILY.environment.fetch('BUNDLE_GEMFILE')}.lock")[/^    #{gem} \(([^)]+)\)$/, 1]
    rescue Errno::ENOENT
      nil
    end

    def bundled(*command)
      [RbConfig.ruby, '-S', 'bundle', 'exec', *command, RACKUP_FILE]
    end
  end
end
