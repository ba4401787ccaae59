# frozen_string_literal: true

require 'time'
require 'timeout'
require 'rack'
require 'rack/lint'
require 'hyperion'

Dir[File.join(__dir__, 'support', '**', '*.rb')].sort.each { |file| require file }

# No example may hang: each has so long, but for those tagged slow.
EXAMPLE_SECONDS = 120

# Both ends of hundreds of connections are in this process, and an ordinary user begins with 1024.
DESCRIPTORS_WANTED = 20_000
soft, hard = Process.getrlimit(:NOFILE)
wanted = [hard, DESCRIPTORS_WANTED].min
Process.setrlimit(:NOFILE, wanted, hard) if soft < wanted

RSpec.configure do |config|
  config.disable_monkey_patching!
  config.expect_with(:rspec) { |expectations| expectations.syntax = :expect }
  config.mock_with(:rspec) { |mocks| mocks.verify_partial_doubles = true }
  config.shared_context_metadata_behavior = :apply_to_host_groups
  config.filter_run_when_matching :focus
  config.filter_run_excluding :slow # `--tag slow` runs them
  Kernel.srand config.seed

  config.extend EachEngine
  config.include Clients
  config.include Commands
  config.include Clusters
  config.include EnvironmentHelper
  config.include Eventually
  config.include Gates
  config.include LogHelper
  config.include LoopsByHand
  config.include ProcessFacts
  config.include Processes
  config.include Servers

  config.around do |example|
    example.metadata[:slow] ? example.run : Timeout.timeout(EXAMPLE_SECONDS) { example.run }
  end

  # Routes, hooks and the logger of the process are new for each example.
  config.before do
    Hyperion.logger = log
    Hyperion::Runtime.reset_default!
    Hyperion::Server.route_table = Hyperion::Server::RouteTable.new
  end

  # Held applications and lingering connections end first, so that servers can.
  config.after do
    open_gates
    close_clients
    stop_servers
    end_loops_by_hand
    end_processes
  end
end
