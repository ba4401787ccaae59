# frozen_string_literal: true

require 'tempfile'

# By which system calls a response goes out.
RSpec.describe 'A response', if: RUBY_PLATFORM.include?('linux') do
  app = <<~'RUBY'
    # frozen_string_literal: true

    FILE = Struct.new(:to_path)
    PIECES = ['first piece', 'second piece'].freeze
    run(lambda { |env|
      body = { '/file' => FILE.new(env['QUERY_STRING']), '/pieces' => PIECES.each, '/strings' => %w[first second] }
      [200, {}, body.fetch(env['PATH_INFO'])]
    })
  RUBY

  loops = { 'the C loop on epoll' => [{ backend: :epoll }, {}], 'the C loop on poll' => [{ backend: :poll }, {}] }
  ruby = { 'the Ruby accept loop' => [{}, { 'HYPERION_C_ACCEPT_LOOP' => '0' }] }
  uring = { 'the C loop on io_uring' => [{}, { 'HYPERION_IO_URING_ACCEPT' => '1' }] } # sends by no call, but files

  before { skip 'no strace that may trace' unless system('strace', '-o', File::NULL, 'true', err: File::NULL) }

  let(:file) { Tempfile.new('hyperion-spec').tap { |file| file.write('0123456789' * 50_000) && file.flush } }
  let(:trace) { Tempfile.new('hyperion-spec') }

  after { [file, trace].each(&:close!) }

  # The calls by which the answer to a request for this target went out, one a line.
  def calls(target, settings, environment, length: nil)
    program = "require 'hyperion/launcher'; exit Hyperion::Launcher.new(Hyperion::Configuration.new(" \
              "rackup: #{@path.inspect}, port: 0, **#{settings.inspect})).run"
    process = start_process('strace', '-D', '-f', '-q', '-s', '300', '-o', trace.path,
                            '-e', 'trace=sendfile,sendto,sendmsg,write,writev',
                            RbConfig.ruby, '-I', 'lib', '-e', program, environment: environment)
    response = get(process, target)
    expect(response.status).to eq(200)
    expect(response.body.bytesize).to eq(length) if length
    process.signal(:TERM)
    process.wait
    eventually { expect(File.read(trace.path)).to match(/^#{process.pid} +\+\+\+ exited/) }
    File.readlines(trace.path)
  end

  before { @path = rackup_file(app) }

  loops.merge(ruby).each do |name, (settings, environment)|
    it "has its head and the strings of an Array in one call, on #{name}" do
      sent = calls('/strings', settings, environment)
      expect(sent.grep(/HTTP/)).to match([include('content-length: 11', 'firstsecond')])
    end

    it "has each piece of an enumerable in a call of its own, on #{name}" do
      sent = calls('/pieces', settings, environment)
      first = sent.index { |line| line.include?('first piece') }
      second = sent.index { |line| line.include?('second piece') }
      expect(first).to be < second
    end
  end

  loops.merge(uring).each do |name, (settings, environment)|
    it "has a file by sendfile, which no call copies, on #{name}" do
      skip(Engine::IO_URING.missing) if environment.any? && Engine::IO_URING.missing
      sent = calls("/file?#{file.path}", settings, environment, length: 500_000)
      bytes = sent.grep(/sendfile/).sum { |line| line[/= (\d+)$/, 1].to_i }
      expect(bytes).to eq(500_000)
      expect(sent.grep(/0123456789/)).to be_empty
    end
  end
end
