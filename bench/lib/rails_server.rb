# frozen_string_literal: true

require_relative 'contestant'
require_relative '../../spec/frameworks/support/family'

module Bench
  # The Rails application of the specs on five threads, in production, which logs nothing; subclasses differ in the
  # server.
  class RailsServer < Contestant
    FAMILY = Frameworks::Family.all(['rails']).first
    RACKUP_FILE = File.join(Frameworks::Family::SPECS, 'rails_app', 'config.ru')

    def work
      'Rails hello, 5 threads'
    end

    def path
      '/hello'
    end

    def obstacle
      'the gems of Rails cannot be installed' unless @installed ||= FAMILY.install
    end

    def environment
      { **FAMILY.environment, 'RAILS_ENV' => 'production', 'RACK_ENV' => 'production', 'RUBYOPT' => nil }
    end

    private

    def bundled(*command)
      [RbConfig.ruby, '-S', 'bundle', 'exec', *command, RACKUP_FILE]
    end
  end

  # Hyperion's C loop.
  class RailsOnHyperion < RailsServer
    def place
      2
    end

    def command(port)
      bundled('hyperion', '--threads', '5', '--bind', "tcp://127.0.0.1:#{port}")
    end
  end

  # The same with Hyperion's Ruby accept loop.
  class RailsOnHyperionRubyLoop < RailsOnHyperion
    def work
      'Rails hello, Ruby loop'
    end

    def environment
      super.merge('HYPERION_C_ACCEPT_LOOP' => '0')
    end
  end

  # Puma, one process.
  class RailsOnPuma < RailsServer
    def command(port)
      bundled('puma', '--quiet', '--config', '-', '--environment', 'production', '--threads', '5:5', '--bind',
              "tcp://127.0.0.1:#{port}")
    end
  end
end
