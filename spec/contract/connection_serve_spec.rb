# frozen_string_literal: true

RSpec.describe Hyperion::Connection, '#serve' do
  let(:pair) { Socket.pair(:UNIX, :STREAM) }
  let(:client) { RawClient.new(pair.first).tap { |client| clients << client } }
  let(:served) { pair.last }

  # Serves in a thread, which answers what #serve returned.
  def serve_connection(app = Servers::HELLO, connection: described_class.new, **options)
    Thread.new { connection.serve(served, app && Rack::Lint.new(app), **options) }.tap do |thread|
      thread.report_on_exception = false
    end
  end

  def get_of(target, *fields)
    raw("GET #{target} HTTP/1.1", 'Host: a', *fields)
  end

  # It has returned nil and closed its socket.
  def expect_end(thread)
    expect(thread.join(Eventually::PATIENCE_SECONDS)).to be(thread)
    expect(thread.value).to be_nil
    expect(served).to be_closed
  end

  it 'serves requests until the client closes' do
    thread = serve_connection
    expect(Array.new(3) { client.request(get_of('/')).body }).to eq(['hello'] * 3)
    client.close_write

    expect(client.ending).to eq(:eof)
    expect_end(thread)
  end

  it 'serves the routes of Server.route_table before the application' do
    static_route('/static', 'static')
    route_block(:GET, '/block') { [200, {}, ['block']] }
    Hyperion::Server.handle(:GET, '/legacy', ->(request) { [200, {}, [request.path]] })
    serve_connection

    bodies = %w[/static /block /legacy /app].map { |target| client.request(get_of(target)).body }
    expect(bodies).to eq(%w[static block /legacy hello])
  end

  it 'serves over TCP' do
    listener = TCPServer.new('127.0.0.1', 0)
    peer = connect(listener.local_address.ip_port)
    accepted = listener.accept
    thread = Thread.new { described_class.new.serve(accepted, ->(env) { [200, {}, [env['REMOTE_ADDR']]] }) }

    expect(peer.request(get_of('/', 'Connection: close')).body).to eq('127.0.0.1')
    expect(thread.join(Eventually::PATIENCE_SECONDS)).to be(thread)
    expect(accepted).to be_closed
  ensure
    listener.close
  end

  it 'answers 404 without an application' do
    serve_connection(nil)
    expect(client.request(get_of('/nowhere')).status).to eq(404)
  end

  it 'ends with the answer to a request that wants to close' do
    thread = serve_connection
    expect(client.request(get_of('/', 'Connection: close'))).to be_closes
    expect(client.ending).to eq(:eof)
    expect_end(thread)
  end

  it 'answers what is malformed, closes, and raises nothing' do
    thread = serve_connection
    expect(client.request("GET / HTTP/1.1\r\n\r\n").status).to eq(400)
    expect(client.close_write.ending).to eq(:eof)
    expect_end(thread)
  end

  it 'answers 500 when the application raises, closes, and raises nothing' do
    thread = serve_connection(->(_env) { raise 'app broke' })
    expect(client.request(get_of('/')).status).to eq(500)
    client.close_write.more?
    expect_end(thread)
    expect(log.complaints.size).to eq(1)
  end

  it 'raises nothing when the client has gone at any moment' do
    bytes = raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', body: 'body')
    app = ->(_env) { [200, {}, ['x' * 1_000_000]] }
    [0, 1, 10, bytes.bytesize - 1, bytes.bytesize].each do |cut|
      ours, theirs = Socket.pair(:UNIX, :STREAM)
      ours.write(bytes.byteslice(0, cut))
      ours.close
      expect(described_class.new.serve(theirs, app)).to be_nil, "after #{cut} bytes"
      expect(theirs).to be_closed
    end
    expect(log.complaints).to be_empty
  end

  it 'raises nothing for a socket that is closed already' do
    served.close
    expect { described_class.new.serve(served, Servers::HELLO) }.not_to raise_error
  end

  it 'closes the socket when its thread is killed' do
    thread = serve_connection
    client.request(get_of('/'))
    thread.kill.join(Eventually::PATIENCE_SECONDS)

    expect(served).to be_closed
    expect(client.ending).to eq(:eof)
  end

  it 'answers 408 when a request has not arrived in time, however it trickles' do
    thread = serve_connection(max_request_read_seconds: 0.3)
    taken = seconds do
      client.trickle("GET / HTTP/1.1\r\nHost: #{'a' * 600}", every: 0.05)
      expect(client.response.status).to eq(408)
    end

    expect(taken).to be_between(0.2, 10)
    client.close_write.more?
    expect_end(thread)
  end

  it 'answers 408 when a body has not arrived in time' do
    serve_connection(max_request_read_seconds: 0.2)
    client.write(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 10', body: 'abc'))
    expect(client.response.status).to eq(408)
  end

  it 'gives each request the time anew' do
    serve_connection(max_request_read_seconds: 0.5)
    5.times do
      expect(client.request(get_of('/')).body).to eq('hello')
      client.silent?(0.2)
    end
  end

  it 'calls the hooks of its runtime' do
    told = Thread::Queue.new
    runtime = Hyperion::Runtime.new(logger: log)
    runtime.on_request_start { |request, env| told << [request.path, env.nil?] }
    static_route('/static', 'static')
    serve_connection(connection: described_class.new(runtime: runtime))
    %w[/static /app].each { |target| client.request(get_of(target)) }

    expect(Array.new(2) { patiently { told.pop } }).to eq([['/static', true], ['/app', false]])
  end

  it 'may serve many connections at once with one object' do
    connection = described_class.new
    app = ->(env) { [200, {}, [env['QUERY_STRING']]] }
    pairs = Array.new(8) { Socket.pair(:UNIX, :STREAM) }
    threads = pairs.map { |_, theirs| Thread.new { connection.serve(theirs, app) } }
    peers = pairs.map { |ours, _| RawClient.new(ours) }
    20.times do |round|
      peers.each_with_index { |peer, number| peer.write(get_of("/?#{round}-#{number}")) }
      expect(peers.map { |peer| peer.response.body }).to eq((0...8).map { |number| "#{round}-#{number}" })
    end
    peers.each(&:close)

    expect(threads.map { |thread| thread.join(Eventually::PATIENCE_SECONDS)&.value }).to eq([nil] * 8)
  end
end
