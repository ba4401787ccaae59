# frozen_string_literal: true

require 'hyperion/cli'
require 'stringio'
require 'tmpdir'

RSpec.describe Hyperion::Control::Command do
  let(:stdout) { StringIO.new }
  let(:stderr) { StringIO.new }

  around { |example| Dir.mktmpdir('hyperion-spec') { |directory| Dir.chdir(directory) { example.run } } }

  def run(*arguments)
    Hyperion::CLI.new(stdout: stdout, stderr: stderr).run(arguments)
  end

  it 'shows what a command takes' do
    expect(run('stats', '--help')).to eq(0)
    expect(stdout.string).to include('Usage: hyperion stats', '--control-url', '--state')
    expect(run('--help')).to eq(0)
    expect(stdout.string).to include('hyperion COMMAND [options]: stats, status, restart')
  end

  {
    %w[stats --loud] => 'invalid option: --loud',
    %w[stats now] => 'stats takes no now',
    %w[stats --control-url http://a] => 'control_url must be auto, or one of URIs',
    %w[stats --pid 0] => 'a number above 0 is needed, not 0',
    %w[top --interval 0] => '--interval takes 0.1 seconds at least',
    %w[stats --count 2] => 'ambiguous option: --count|invalid option: --count',
    %w[stop -C nowhere.rb] => 'nowhere.rb is not a file that can be read'
  }.each do |arguments, complaint|
    it "refuses #{arguments.join(' ')} in one line" do
      expect(run(*arguments)).to eq(64)
      expect(stderr.string).to match(/\Ahyperion: (?:#{complaint}).*\(try hyperion #{arguments.first} --help\)\n\z/)
    end
  end

  {
    %w[stats] => 'no control server is known; say --control-url URL or --state FILE',
    %w[gc --pid 1] => 'no control server is known; say --control-url URL or --state FILE',
    %w[stop] => 'no process is known; name its control server, state file or pidfile',
    %w[stop -S state] => 'cannot read the state file: No such file',
    %w[stop --pidfile pid] => "cannot read the file of the process's number: No such file",
    %w[status --control-url unix:///no/such.sock] => 'no answer from unix:///no/such.sock: No such file',
    ['status', '--pid', ((1 << 22) + 1).to_s] => 'there is no process 4194305'
  }.each do |arguments, complaint|
    it "tells that #{arguments.join(' ')} is in vain in one line" do
      expect(run(*arguments)).to eq(1)
      expect(stderr.string).to match(/\Ahyperion: #{complaint}.*\n\z/)
    end
  end

  it 'does not take a file that has no number for one' do
    File.write('pid', "\n")
    expect(run('stop', '--pidfile', 'pid')).to eq(1)
    expect(stderr.string).to eq("hyperion: pid has no process's number\n")
  end
end
