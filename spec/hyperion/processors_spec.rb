# frozen_string_literal: true

require 'fileutils'

RSpec.describe Hyperion::Processors do
  include_context 'with a directory'

  def available(memberships: "0::/app/web\n", **quotas)
    FileUtils.mkdir_p(File.join(@directory, 'app/web'))
    { root: '.', app: 'app', web: 'app/web' }.slice(*quotas.keys).each do |name, path|
      File.write(File.join(@directory, path, 'cpu.max'), "#{quotas[name]}\n")
    end
    file = File.join(@directory, 'memberships')
    File.write(file, memberships)
    described_class.available(root: @directory, memberships: file)
  end

  before { allow(Etc).to receive(:nprocessors).and_return(8) }

  it 'is what the process may be scheduled on, without a limit' do
    expect(available).to eq(8)
    expect(available(web: 'max 100000')).to eq(8)
    expect(described_class.available(root: '/nowhere', memberships: '/nowhere')).to eq(8)
  end

  it 'is at most the share of its control group and those above, whole processors' do
    expect(available(web: '350000 100000')).to eq(3)
    expect(available(web: '350000 100000', app: '20000 10000')).to eq(2)
    expect(available(root: '100000 100000')).to eq(1)
  end

  it 'is at least one' do
    expect(available(web: '50000 100000')).to eq(1)
  end

  it 'counts what version 1 of control groups says for nothing' do
    expect(available(memberships: "4:cpu:/app/web\n", web: '100000 100000')).to eq(8)
  end
end
