# frozen_string_literal: true

require 'tempfile'

# By which system calls a response goes out.
RSpec.describe 'A response', if: RUBY_PLATFORM.include?('linux') do
  app = <<~'RUBY'
    # frozen_string_literal: true

    FILE = Struct.new(:to_path)
    PIECES = lambda do |path|
      Enumerator.new do |pieces|
        pieces << 'first piece'
        Thread.pass until File.exist?(path)
        pieces << 'second piece'
      end
    end
    run(lambda { |env|
      path = env['QUERY_STRING']
      body = { '/file' => FILE.new(path), '/pieces' => PIECES.call(path), '/strings' => %w[first second] }
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

  # The calls by which went out what the server that is yielded answered, one a line.
  def calls(settings, environment)
    program = "require 'hyperion/launcher'; exit Hyperion::Launcher.new(Hyperion::Configuration.new(" \
              "rackup: #{@path.inspect}, port: 0, **#{settings.inspect})).run"
    process = start_process('strace', '-D', '-f', '-q', '-s', '300', '-o', trace.path,
                            '-e', 'trace=sendfile,sendto,sendmsg,write,writev',
                            RbConfig.ruby, '-I', 'lib', '-e', program, environment: environment)
    yield process
    process.signal(:TERM)
    process.wait
    eventually { expect(File.read(trace.path)).to match(/^#{process.pid} +\+\+\+ exited/) }
    File.readlines(trace.path)
  end

  # The second piece is made when the first has come.
  def read_pieces(server)
    path = "#{file.path}.read"
    client = connect(server).write(raw("GET /pieces?#{path} HTTP/1.1", 'Host: a'))
    nil until client.take_line.include?('first piece')
    FileUtils.touch(path)
    nil until client.take_line.include?('second piece')
  ensure
    FileUtils.rm_f(path)
  end

  before { @path = rackup_file(app) }

  loops.merge(ruby).each do |name, (settings, environment)|
    it "has its head and the strings of an Array in one call, on #{name}" do
      sent = calls(settings, environment) { |server| expect(get(server, '/strings').body).to eq('firstsecond') }
      expect(sent.grep(/HTTP/)).to match([include('content-length: 11', 'firstsecond')])
    end

    it "has a piece of an enumerable in a call of its own while the next is waited for, on #{name}" do
      sent = calls(settings, environment) { |server| read_pieces(server) }
      first = sent.index { |line| line.include?('first piece') }
      second = sent.index { |line| line.include?('second piece') }
      expect(first).to be < second
    end
  end

  loops.merge(uring).each do |name, (settings, environment)|
    it "has a file by sendfile, which no call copies, on #{name}" do
      skip(Engine::IO_URING.missing) if environment.any? && Engine::IO_URING.missing
      sent = calls(settings, environment) do |server|
        expect(get(server, "/file?#{file.path}").body.bytesize).to eq(500_000)
      end
      bytes = sent.grep(/sendfile/).sum { |line| line[/= (\d+)$/, 1].to_i }
      expect(bytes).to eq(500_000)
      expect(sent.grep(/0123456789/)).to be_empty
    end
  end
end
