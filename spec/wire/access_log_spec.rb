# frozen_string_literal: true

require 'json'

RSpec.describe 'The access log' do
  include_context 'with a directory'

  before { @path = file('access.log') }

  # All lines, once the server has ended.
  def lines_after(server)
    server.stop
    File.readlines(@path, chomp: true)
  end

  def entries_after(server)
    lines_after(server).map { |line| JSON.parse(line) }
  end

  # With a length: before Rack 3 Lint makes any body one that has none, and is sent in chunks.
  hello = ->(_env) { [200, { 'content-type' => 'text/plain', 'content-length' => '5' }, ['hello']] }

  define_method(:logging) do |app = hello, **options|
    serve(app, access_log: @path, **options)
  end

  define_method(:logging_json) do |app = hello, **options|
    logging(app, access_log_format: :json, **options)
  end

  # The metric of lines that were lost.
  def lost(server)
    server.server.metrics[/^hyperion_access_log_lines_lost_total (\d+)/, 1].to_i
  end

  each_engine do
    it 'has a line for each request, whoever answers it, in the common form' do
      static_route('/static', 'static!')
      route_block(:GET, '/route') { [201, { 'content-length' => '4' }, ['made']] }
      client = connect(server = logging(health_path: '/up'))
      client.get('/static?q=1')
      client.get('/static', method: 'HEAD')
      client.get('/route')
      client.get('/up')
      client.get('/app')
      client.write("BAD\r\n\r\n").response
      stamp = %r{\A127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] }
      lines = lines_after(server)
      expect(lines).to all(match(stamp))
      expect(lines.map { |line| line.sub(stamp, '') })
        .to eq(['"GET /static?q=1 HTTP/1.1" 200 7', '"HEAD /static HTTP/1.1" 200 0', '"GET /route HTTP/1.1" 201 4',
                '"GET /up HTTP/1.1" 200 16', '"GET /app HTTP/1.1" 200 5', '"BAD" 400 12'])
    end

    it 'adds who has led there, and the client\'s program, in the combined form' do
      client = connect(server = logging(access_log_format: :combined))
      client.get('/a', 'Referer: http://there/', 'User-Agent: curl/8')
      client.get('/b')
      expect(lines_after(server))
        .to match([%r{"GET /a HTTP/1\.1" 200 5 "http://there/" "curl/8"\z}, %r{"GET /b HTTP/1\.1" 200 5 "-" "-"\z}])
    end

    it 'tells an object a line in the JSON form' do
      client = connect(server = logging_json)
      client.get('/a?b=c', 'Referer: http://there/', 'User-Agent: curl/8')
      client.write("GET / HTTP/1.0\r\n\r\n").response
      first, last = entries_after(server)
      expect(first).to match('time' => /\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\z/, 'remote_addr' => '127.0.0.1',
                             'method' => 'GET', 'target' => '/a?b=c', 'referer' => 'http://there/',
                             'user_agent' => 'curl/8', 'protocol' => 'HTTP/1.1', 'status' => 200, 'bytes' => 5,
                             'duration' => be_a(Numeric), 'queue_time' => be_a(Numeric), 'pid' => Process.pid)
      expect(last).to include('protocol' => 'HTTP/1.0', 'referer' => nil, 'user_agent' => nil)
    end

    it 'lets no client break out of its place in a line' do
      client = connect(server = logging(access_log_format: :combined))
      client.get('/%22%0aGET', "User-Agent: \" 200 1\t\\\xff\u{e9}".b)
      client.write("GET /\e[2J \"x\"\r\n\r\n").response
      expect(lines_after(server))
        .to match([%r{"GET /%22%0aGET HTTP/1\.1" 200 5 "-" "\\x22 200 1\\x09\\x5C\\xFF\\xC3\\xA9"\z},
                   %r{ "GET /\\x1B\[2J \\x22x\\x22" 400 12 "-" "-"\z}])
    end

    it 'stays JSON whatever a client sends' do
      agent = "\" ,\t\\\xff\u{e9}\u{1f600}\xed\xa0\x80".b
      client = connect(server = logging_json)
      client.get('/', "User-Agent: #{agent}")
      client.write("\x00\x01\x1f\x7f\r\n\r\n").response
      expect(entries_after(server).map { |entry| entry.values_at('target', 'user_agent') })
        .to eq([['/', "\" ,\t\\\u{ff}\u{e9}\u{1f600}\u{ed}\u{a0}\u{80}"], ["\x00\x01\x1f\x7f", nil]])
    end

    it 'names the client that a trusted proxy names' do
      client = connect(server = logging_json(trusted_proxies: ['127.0.0.0/8']))
      client.get('/', 'X-Forwarded-For: 192.0.2.7')
      expect(entries_after(server).first).to include('remote_addr' => '192.0.2.7')
    end

    it 'names the client that the PROXY protocol names' do
      client = connect(server = logging_json(proxy_protocol: ['127.0.0.0/8']))
      client.write("PROXY TCP4 192.0.2.8 127.0.0.1 1 2\r\n").get('/')
      connect(server).write("GET / HTTP/1.1\r\n\r\n").response
      expect(entries_after(server).map { |entry| entry.values_at('remote_addr', 'target', 'status') })
        .to eq([['192.0.2.8', '/', 200], ['127.0.0.1', 'GET / HTTP/1.1', 400]])
    end

    it 'counts the bytes of streamed bodies, and how long they took' do
      body = Enumerator.new do |yielder|
        yielder << ('x' * 10_000)
        began = monotonic
        Thread.pass until monotonic - began > 0.01
        yielder << ('y' * 10_000)
      end
      app = ->(_env) { [200, { 'content-length' => '20000' }, body] }
      get(server = logging_json(app, lint: false), '/')
      entry = entries_after(server).first
      expect(entry).to include('status' => 200, 'bytes' => 20_000)
      expect(entry['duration']).to be >= 0.009
    end

    it 'has a line for what was refused within a request, and for a client that went before its answer' do
      holder = gate
      app = lambda do |env|
        holder.pass if env['PATH_INFO'] == '/slow'
        env['rack.input']&.read
        [200, {}, ['done']]
      end
      server = logging_json(app, max_body_bytes: 3)
      connect(server).request(raw('POST /big HTTP/1.1', 'Host: a', 'Content-Length: 4'))
      gone = connect(server).write(raw('GET /slow HTTP/1.1', 'Host: a'))
      holder.await
      gone.reset
      holder.open
      entries = entries_after(server)
      expect(entries.first).to include('method' => 'POST', 'target' => '/big', 'status' => 413)
      expect(entries.last).to include('target' => '/slow').and include('status' => eq(200).or(eq(499)))
    end

    it 'keeps the order of pipelined requests' do
      client = connect(server = logging_json)
      client.write(Array.new(50) { |i| raw("GET /#{i} HTTP/1.1", 'Host: a') }.join)
      client.responses(50)
      expect(entries_after(server).map { |entry| entry['target'] }).to eq(Array.new(50) { |i| "/#{i}" })
    end

    it 'says nothing of the status of what the application has hijacked' do
      app = lambda do |env|
        socket = env['rack.hijack'].call
        socket.write('mine')
        socket.close
        [200, {}, []]
      end
      client = connect(server = logging_json(app, lint: false)).write(raw('GET /taken HTTP/1.1', 'Host: a'))
      client.take_rest
      expect(entries_after(server)).to match([include('target' => '/taken', 'status' => nil)])
    end

    it 'is opened anew when it is told to' do
      client = connect(server = logging_json)
      client.get('/before')
      eventually { expect(File.read(@path)).to include('/before') }
      File.rename(@path, "#{@path}.1")
      server.server.reopen_logs
      eventually { expect(File.exist?(@path)).to be(true) }
      client.get('/after')
      expect(entries_after(server).map { |entry| entry['target'] }).to eq(['/after'])
      expect(File.read("#{@path}.1")).to include('/before').and(satisfy { |text| !text.include?('/after') })
    end

    it 'drops and counts lines rather than wait for who does not read them' do
      File.mkfifo(@path)
      client = connect(server = logging_json)
      agent = "User-Agent: #{'x' * 4000}"
      eventually(within: 60) do
        client.write(raw('GET / HTTP/1.1', 'Host: a', agent) * 100)
        expect(client.responses(100).map(&:status)).to all(eq(200))
        expect(lost(server)).to be > 0
      end
      expect(seconds { client.get('/') }).to be < 5
      server.stop
      expect(log.events.map { |event| event.fields[:message] })
        .to include('lines of the access log could not be written')
    end

    it 'has every line when the reader of a pipe comes back' do
      File.mkfifo(@path)
      client = connect(server = logging_json)
      client.get('/one')
      reader = File.open(@path, File::RDONLY | File::NONBLOCK)
      client.get('/two')
      server.stop
      expect(reader.read_nonblock(10_000).lines.map { |line| JSON.parse(line)['target'] }).to eq(%w[/one /two])
      expect(lost(server)).to eq(0)
    ensure
      reader&.close
    end

    it 'lets no server start whose file cannot be written' do
      missing = File.join(@path, 'none')
      server = Hyperion::Server.new(app: nil, port: 0, access_log: missing, **engine.options)
      expect { server.start }.to raise_error(Errno::ENOENT)
      expect { server.start }.to raise_error(Errno::ENOENT)
    end

    it 'goes on after a fork in the application' do
      app = lambda do |_env|
        pid = fork { exit!(0) }
        Process.wait(pid)
        [200, {}, ['forked']]
      end
      client = connect(server = logging_json(app))
      3.times { client.get('/fork') }
      expect(entries_after(server).map { |entry| entry['status'] }).to eq([200, 200, 200])
    end
  end

  it 'is not written unless it is asked for' do
    get(server = serve, '/')
    server.stop
    expect(File.exist?(@path)).to be(false)
  end
end
