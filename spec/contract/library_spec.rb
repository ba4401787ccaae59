# frozen_string_literal: true

RSpec.describe Hyperion do
  it 'has errors of its own' do
    expect(Hyperion::Error.superclass).to eq(StandardError)
    expect(Hyperion::ParseError.superclass).to eq(Hyperion::Error)
    expect(Hyperion::UnsupportedError.superclass).to eq(Hyperion::Error)
  end

  it 'has a version' do
    expect(Hyperion::VERSION).to match(/\A\d+\.\d+\.\d+/)
  end

  it 'has a logger that takes blocks, and may be replaced' do
    Hyperion.logger.warn { { message: 'told', number: 1 } }
    expect(log.events(:warn).map(&:fields)).to eq([{ message: 'told', number: 1 }])
  end

  it 'creates nothing when it is loaded: no thread, no descriptor' do
    script = <<~RUBY
      before = [Thread.list.size, Dir.children('/proc/self/fd').size]
      require 'hyperion'
      after = [Thread.list.size, Dir.children('/proc/self/fd').size]
      puts before == after ? 'nothing' : [before, after].inspect
    RUBY
    process = start_process(RbConfig.ruby, '-I', 'lib', '-e', script)
    process.wait

    expect(process.output).to eq("nothing\n")
  end

  it 'is loaded without warnings' do
    process = start_process(RbConfig.ruby, '-w', '-I', 'lib', '-e', 'require "hyperion"')
    process.wait
    expect(process.output.lines.grep(%r{/(lib|ext)/hyperion})).to be_empty
  end
end
