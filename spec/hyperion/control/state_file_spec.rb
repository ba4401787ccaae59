# frozen_string_literal: true

require 'hyperion/launcher'

RSpec.describe Hyperion::Control::StateFile do
  include_context 'with a directory'

  let(:path) { file('state') }

  it 'tells its owner, and nobody else, who the process is and how it is commanded' do
    described_class.new(path).write(control_url: 'unix:///a.sock', token: 'secret')
    expect(described_class.read(path)).to eq('pid' => Process.pid, 'control_url' => 'unix:///a.sock',
                                             'control_auth_token' => 'secret', 'running_from' => Dir.pwd)
    expect(File.stat(path).mode & 0o777).to eq(0o600)
  end

  it 'is removed by the process that wrote it, and by no other' do
    file = described_class.new(path)
    file.write
    file.remove
    expect(File.exist?(path)).to be(false)
    File.write(path, "pid: #{Process.ppid}\n")
    file.remove
    expect(File.exist?(path)).to be(true)
  end

  ['', 'hello', "pid: many\n", '--- [', "pid: !ruby/object:Object {}\n"].each do |text|
    it "does not take #{text.inspect}" do
      File.write(path, text)
      expect { described_class.read(path) }.to raise_error(Hyperion::Error, "#{path} is no state file")
    end
  end

  it 'tells that it is not there' do
    expect { described_class.read(path) }.to raise_error(Hyperion::Error, /cannot read the state file: No such file/)
  end
end
