# frozen_string_literal: true

require 'hyperion/reexec'
require 'hyperion/rehearsal'

RSpec.describe Hyperion::Rehearsal do
  def outcome_of(script, seconds: Eventually::PATIENCE_SECONDS)
    outcomes = Thread::Queue.new
    reexec = Hyperion::Reexec.new(command: ['sh', '-c', script].shelljoin)
    @rehearsal = described_class.new(reexec, seconds: seconds) { |error| outcomes << error }
    outcomes.pop
  end

  it 'succeeds when the command gets to its end, whatever else it says' do
    expect(outcome_of('echo loading; echo "$HYPERION_REHEARSAL"; echo ends')).to be_nil
    eventually { expect(@rehearsal).not_to be_under_way }
  end

  it 'tells the first that a command says which does not, its own words before others' do
    expect(outcome_of('echo warning; echo "hyperion: no such file" >&2; echo more; exit 1')).to eq('no such file')
    expect(outcome_of('echo; echo bundler; echo more')).to eq('bundler')
    expect(outcome_of('exit 0')).to eq('it has said nothing')
  end

  it 'gives a command so much time and ends it then, with what it has started' do
    directory = Dir.mktmpdir('hyperion-spec')
    directories << directory
    expect(outcome_of("echo $$ > #{directory}/pid; sleep 100 & sleep 100", seconds: 0.5)).to match(/not got ready/)
    eventually { expect(gone?(Integer(File.read("#{directory}/pid")))).to be(true) }
  end

  it 'does not wait for long when a command that has got to its end stays' do
    stub_const("#{described_class}::END_SECONDS", 0.1)
    expect(outcome_of('echo "$HYPERION_REHEARSAL"; sleep 100')).to be_nil
  end

  it 'lets a command pass that was given, and may not know what a rehearsal is' do
    outcomes = []
    reexec = Hyperion::Reexec.new(command: '/nowhere/at/all')
    expect(described_class.of(reexec, seconds: 1) { |error| outcomes << error }).to be_nil
    expect(outcomes).to eq([nil])
  end

  it 'tells that a command is not there' do
    reexec = Hyperion::Reexec.new(command: '/nowhere/at/all')
    outcomes = Thread::Queue.new
    described_class.new(reexec, seconds: 1) { |error| outcomes << error }
    expect(outcomes.pop).to match(%r{No such file or directory.*/nowhere/at/all})
  end

  it 'leaves a process alone that is none' do
    output = StringIO.new
    expect(described_class.here(environment: {}, output: output) { raise 'called' }).to be(false)
    expect(output.string).to eq('')
  end
end
