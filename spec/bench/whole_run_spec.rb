# frozen_string_literal: true

require 'open3'
require 'stringio'
require 'tmpdir'
require_relative '../../bench/lib/page'
require_relative '../../bench/lib/results'
require_relative '../../bench/lib/selection'
require_relative '../../bench/lib/suite'
require_relative '../../bench/lib/hyperion_epoll'

# Hyperion with the gems that are here, so that nothing need be installed for it.
class BundledHyperion < Bench::HyperionEpoll
  def environment
    {}
  end
end

# That a benchmark runs to its end, whatever it is of; what it measures here is nothing to believe.
RSpec.describe 'A whole benchmark' do
  it 'measures each kind of workload, verified, and writes a page of it' do
    limit = Bench::Contestant.all.find { |contestant| contestant.name == 'limit' }
    workloads = Bench::Workloads.named(
      ['static hello', 'static hello, a connection each', 'static hello, 16 pipelined', 'static 1 MiB', 'slow clients',
       'slow requests', 'every worker busy', 'route block', 'JSON', 'POST', 'streaming', 'mixed', 'sleeps']
    )
    suite = Bench::Suite.new([limit, BundledHyperion.new], workloads, rounds: 1, seconds: 0.1, progress: StringIO.new)
    suite.run

    expect(suite.failures).to be_empty
    results = Bench::Results.new(suite.samples, suite.failures)
    page = Bench::Page.new(results, machine: 'a machine', settings: '', left_out: {}).to_s
    expect(page.scan(/^## (.*)/).flatten.drop(1)).to match_array(workloads.map(&:name))
    expect(page).to match(/^\| static hello \| bundled_hyperion \| \d+\.\d+ \| \d+\.\d+ /)
  end

  it 'is begun by a command, which leaves the page and its plots in a directory' do
    Dir.mktmpdir do |directory|
      said, status = Open3.capture2e(RbConfig.ruby, File.expand_path('../../bench/run', __dir__), '--quick', '--only',
                                     'limit', '--workloads', 'static hello', '--directory', directory)
      expect(status).to be_success, said
      expect(Dir.children(directory)).to contain_exactly('README.md', 'static-hello-cpu.svg', 'static-hello-p99.svg')
      expect(said).to include("\n#{File.read(File.join(directory, 'README.md'))}")
    end
  end
end
