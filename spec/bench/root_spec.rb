# frozen_string_literal: true

require 'tmpdir'
require_relative '../../bench/lib/machine'
require_relative '../../bench/lib/root'

RSpec.describe Bench::Root do
  it 'leaves out what is for the outside, however it is written' do
    within = described_class.arguments_within(%w[--root /a --quick --directory=/b --only limit --root=/c --directory d])

    expect(within).to eq(%w[--quick --only limit])
  end

  # A program that stands in for the measurement within the root, which takes its arguments as DIR bench/run ...
  def stand_in(directory, script)
    path = File.join(directory, 'in_root')
    File.write(path, "#!/bin/sh\n#{script}\n")
    File.chmod(0o755, path)
    path
  end

  it 'fetches the page, and leaves no plot of an earlier one' do
    Dir.mktmpdir do |directory|
      page = File.join(directory, 'page')
      FileUtils.mkdir_p(page)
      FileUtils.touch(File.join(page, 'old.svg'))
      command = stand_in(directory, 'mkdir -p "$1$5"; echo "$3" >"$1$5/README.md"')

      expect(described_class.new(directory, command: command).run(%w[--quick], page)).to be(true)
      expect(Dir.children(page)).to eq(['README.md'])
      expect(File.read(File.join(page, 'README.md'))).to eq("--quick\n")
    end
  end

  it 'writes no page where the measurement has failed' do
    Dir.mktmpdir do |directory|
      page = File.join(directory, 'page')

      expect(described_class.new(directory, command: stand_in(directory, 'exit 1')).run([], page)).to be(false)
      expect(Dir.exist?(page)).to be(false)
    end
  end
end

RSpec.describe Bench::Machine do
  around do |example|
    kept = ENV.fetch('HYPERION_BENCH_COMMIT', nil)
    example.run
  ensure
    ENV['HYPERION_BENCH_COMMIT'] = kept
  end

  it 'tells the commit that it is told where there is no repository' do
    ENV['HYPERION_BENCH_COMMIT'] = 'abc1234, with changes'

    expect(described_class.new.to_s).to include('commit abc1234, with changes')
  end

  it 'says whether YJIT is there' do
    expect(described_class.new.to_s).to match(/YJIT on|built without YJIT/)
  end
end
