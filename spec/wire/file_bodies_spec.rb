# frozen_string_literal: true

require 'tempfile'

RSpec.describe 'Bodies that are files' do
  # As Rack::Files has them.
  file_body = Struct.new(:to_path, :closed) do
    def each
      yield File.binread(to_path)
    end

    def close
      closed << true
    end
  end

  define_method(:body) { |path| file_body.new(path, Thread::Queue.new) }

  # Lint's wrapper had no to_path before.
  let(:lint_shows_paths) { Rack.release >= '3.1' }

  let(:file) do
    Tempfile.new('hyperion-spec').tap do |file|
      file.write('0123456789' * 100_000)
      file.flush
    end
  end

  after { file.close! }

  def serving(body, headers = {}, **options)
    serve(->(_env) { [200, headers, body] }, lint: lint_shows_paths, **options)
  end

  each_engine do
    it 'have the file\'s length, and the connection goes on' do
      client = connect(serving(body(file.path)))
      2.times do
        response = client.get('/')
        expect(response['content-length']).to eq('1000000')
        expect(response.body).to eq('0123456789' * 100_000)
      end
    end

    it 'are closed' do
      body = body(file.path)
      get(serving(body), '/')
      expect(body.closed.pop).to be(true)
    end

    it 'are not sent to HEAD' do
      expect(get(serving(body(file.path)), '/', method: 'HEAD').body).to eq('')
    end

    it 'may be empty' do
      file.truncate(0)
      client = connect(serving(body(file.path)))
      2.times { expect(client.get('/')).to have_attributes(body: '', status: 200) }
    end

    it 'end the connection of a client that wants it to end' do
      client = connect(serving(body(file.path)))
      expect(client.get('/', 'Connection: close').body.bytesize).to eq(1_000_000)
      expect(client.ending).to eq(:eof)
    end

    it 'of another length than the application says are its error' do
      expect(get(serving(body(file.path), { 'content-length' => '3' }, lint: false), '/').status).to eq(500)
    end

    it 'are enumerated when there is no such file' do
      body = body('/nowhere/at/all')
      body.define_singleton_method(:each) { |&block| block.call('enumerated') }
      expect(get(serving(body, lint: false), '/').body).to eq('enumerated')
    end

    it 'are sent with pipelined answers in order' do
      bodies = { '/file' => body(file.path), '/text' => ['text'] }
      client = connect(serve(->(env) { [200, {}, bodies[env['PATH_INFO']]] }, lint: lint_shows_paths))
      client.write(%w[/text /file /text].map { |path| raw("GET #{path} HTTP/1.1", 'Host: a') }.join)
      expect(client.responses(3).map { |response| response.body.bytesize }).to eq([4, 1_000_000, 4])
    end

    it 'that are cut while they are sent break the connection off' do
      client = connect(serving(body(file.path)), receive_buffer: 4096)
      file.truncate(50_000_000)
      client.write(raw('GET / HTTP/1.1', 'Host: a')).more?
      file.truncate(0)
      expect { client.response }.to raise_error(RawClient::Ended)
    end

    it 'leave no descriptor behind' do
      server = serving(body(file.path))
      fetch = lambda do |finished|
        client = connect(server, receive_buffer: 4096).write(raw('GET / HTTP/1.1', 'Host: a'))
        finished ? client.response : client.tap(&:more?).reset
      rescue RawClient::Ended
        nil
      end
      fetch.call(true)
      close_clients
      eventually { expect(server.server.stats[:open]).to eq(0) }
      before = descriptors
      10.times { |i| fetch.call(i.even?) }
      close_clients
      eventually { expect(descriptors).to be <= before }
    end

    it 'of a gigabyte cost no memory', :slow do
      file.truncate(1 << 30)
      server = serving(body(file.path))
      get(server, '/', method: 'HEAD')
      before = resident_kib
      socket = TCPSocket.new('127.0.0.1', server.port)
      socket.write(raw('GET / HTTP/1.1', 'Host: a', 'Connection: close'))
      read = 0
      buffer = +''
      read += buffer.bytesize while socket.read(1 << 16, buffer) # a client that makes no garbage
      expect(read).to be > 1 << 30
      expect(resident_kib - before).to be < 16_384
    end
  end

  each_c_loop do
    it 'hold no worker while a client reads slowly' do
      bodies = Hash.new(['text']).merge('/file' => body(file.path))
      server = serve(->(env) { [200, {}, bodies[env['PATH_INFO']]] }, thread_count: 1, lint: lint_shows_paths)
      file.truncate(100_000_000)
      connect(server, receive_buffer: 4096).write(raw('GET /file HTTP/1.1', 'Host: a')).more?
      expect(seconds { expect(get(server, '/').body).to eq('text') }).to be_at_once
    end
  end
end

RSpec.describe 'A request body of a gigabyte' do
  each_engine do
    it 'costs no memory', :slow do
      size = 1 << 30
      app = lambda do |env|
        read = 0
        buffer = +''
        read += buffer.bytesize while env['rack.input'].read(65_536, buffer)
        [200, {}, [read.to_s]]
      end
      server = serve(app, max_body_bytes: size)
      get(server, '/', method: 'HEAD')
      before = resident_kib
      client = connect(server).within(60).write(raw('POST / HTTP/1.1', 'Host: a', "Content-Length: #{size}"))
      piece = 'x' * (1 << 20)
      1024.times { client.write(piece) }
      expect(client.response.body).to eq(size.to_s)
      expect(resident_kib - before).to be < 16_384
    end
  end
end
