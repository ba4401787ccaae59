# frozen_string_literal: true

require 'socket'

RSpec.describe Hyperion::Connection do
  let(:pair) { UNIXSocket.pair }
  let(:client) { pair.first }
  let(:socket) { pair.last }
  let(:table) { Hyperion::Server::RouteTable.new }
  let(:runtime) { Hyperion::Runtime.new(logger: memory_log) }
  let(:connection) { described_class.new(route_table: table, runtime: runtime) }
  let(:app) { ->(env) { [200, { 'content-type' => 'text/plain' }, ["#{env['REQUEST_METHOD']} #{env['PATH_INFO']}"]] } }

  after { pair.each { |io| io.close unless io.closed? } }

  # Everything that is answered to these bytes, once the client has no more to say.
  def answer_to(bytes, application = app, **options)
    client.write(bytes)
    client.close_write
    connection.serve(socket, application, **options)
    client.read
  end

  def request(line = 'GET / HTTP/1.1', *fields, body: '')
    [line, 'Host: example.org', *fields, '', body].join("\r\n")
  end

  def register_static
    head = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n"
    table.register(:GET, '/s', Hyperion::Server::RouteTable::StaticEntry.new(:GET, '/s', "#{head}static"))
  end

  it 'answers requests in order, and closes the socket' do
    answer = answer_to(request('GET /a HTTP/1.1') + request('POST /b HTTP/1.1', 'Content-Length: 2', body: 'hi'))
    expect(answer.scan(%r{(?:GET|POST) /.})).to eq(['GET /a', 'POST /b'])
    expect(socket).to be_closed
  end

  it 'begins with bytes that were read already' do
    bytes = request('GET /partial HTTP/1.1')
    expect(answer_to(bytes[20..], partial: bytes[0, 20])).to end_with('GET /partial')
  end

  it 'serves static routes, blocks and legacy handlers' do
    register_static
    block = Hyperion::Server::RouteTable::DynamicBlockEntry.new(:GET, '/b', ->(_) { [200, {}, ['block']] })
    table.register(:GET, '/b', block)
    table.register(:POST, '/l', ->(request) { [200, {}, ["legacy #{request.body}"]] })
    answer = answer_to(request('GET /s HTTP/1.1') + request('GET /b HTTP/1.1') +
                       request('POST /l HTTP/1.1', 'Content-Length: 4', body: 'body'))
    expect(answer.scan(/static|block|legacy body/)).to eq(['static', 'block', 'legacy body'])
  end

  it 'answers 404 without an application' do
    expect(answer_to(request, nil)).to start_with('HTTP/1.1 404 ')
  end

  it 'answers a malformed request, and closes' do
    expect(answer_to("GET\r\n\r\n")).to start_with('HTTP/1.1 400 ').and include("connection: close\r\n")
  end

  it 'answers 500 when the application raises, and logs it once' do
    answer = answer_to(request('GET /x HTTP/1.1'), ->(_env) { raise 'boom' })
    expect(answer).to start_with('HTTP/1.1 500 ')
    expect(memory_log.events).to match(
      [[:error, hash_including(message: 'application error', error: 'boom', error_class: 'RuntimeError', path: '/x')]]
    )
  end

  it 'cuts an answer that fails half way, and closes the body' do
    body = Class.new do
      attr_reader :closed

      def each
        yield 'first'
        yield 'second'
        raise IOError, 'no disk'
      end

      def close
        @closed = true
      end
    end.new
    answer = answer_to(request, ->(_env) { [200, {}, body] })
    expect(answer).not_to end_with("0\r\n\r\n")
    expect(body.closed).to be(true)
    expect(memory_log.events.map { |_, event| event[:error] }).to eq(['no disk'])
  end

  it 'survives a client that has gone' do
    client.write(request)
    client.close
    expect(connection.serve(socket, ->(_env) { [200, {}, ['x' * 1_000_000]] })).to be_nil
    expect(socket).to be_closed
    expect(memory_log.events).to be_empty
  end

  it 'survives a socket that is closed already' do
    socket.close
    expect(connection.serve(socket, app)).to be_nil
  end

  it 'gives a request so long and no longer, however it trickles' do
    configuration = Hyperion::Configuration.new(linger_timeout: 0.05)
    client.write('GET / HTTP/1.1')
    described_class.new(route_table: table, configuration: configuration)
                   .serve(socket, app, max_request_read_seconds: 0.05)
    expect(client.read).to start_with('HTTP/1.1 408 ')
  end

  it 'closes an idle connection after its time' do
    configuration = Hyperion::Configuration.new(idle_timeout: 0.05)
    client.write(request)
    described_class.new(route_table: table, configuration: configuration).serve(socket, app)
    expect(client.read).to end_with('GET /')
  end

  it 'fires hooks around the application and for static routes' do
    calls = []
    runtime.on_request_start { |request, env| calls << [:start, request.path, env.class] }
    runtime.on_request_end { |request, _, response, error| calls << [:end, request.path, response.class, error.class] }
    register_static
    answer_to(request('GET /a HTTP/1.1') + request('GET /s HTTP/1.1'))
    expect(calls).to eq([[:start, '/a', Hash], [:end, '/a', Array, NilClass],
                         [:start, '/s', NilClass], [:end, '/s', Symbol, NilClass]])
  end

  it 'tells the end hook of an error' do
    errors = []
    runtime.on_request_end { |_, _, response, error| errors << [response, error.message] }
    answer_to(request, ->(_env) { raise 'boom' })
    expect(errors).to eq([[nil, 'boom']])
  end

  context 'when it is told to stop' do
    let(:stopping) { Hyperion::StopSignal.new }
    let(:connection) { described_class.new(route_table: table, runtime: runtime, stopping: stopping) }

    after { stopping.close }

    it 'ends an idle connection' do
      thread = Thread.new { connection.serve(socket, app) }
      client.write(request)
      expect(client.readpartial(4096)).to end_with('GET /')
      stopping.set
      expect(client.read).to eq('')
      expect(thread.join(Eventually::PATIENCE_SECONDS)).to be(thread)
    end

    it 'answers what has been sent, and says that it closes' do
      client.write(request)
      stopping.set
      connection.serve(socket, app)
      expect(client.read).to include("connection: close\r\n").and end_with('GET /')
    end
  end
end
