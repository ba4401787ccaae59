# frozen_string_literal: true

RSpec.describe Hyperion::Server::RouteTable do
  let(:table) { described_class.new }
  let(:handler) { ->(request) { [200, {}, [request.path]] } }

  it 'finds what was registered, by method and exact path' do
    table.register(:GET, '/a', handler)
    expect(table.lookup('GET', '/a')).to be(handler)
    expect(table.lookup('POST', '/a')).to be_nil
    expect(table.lookup('GET', '/a/')).to be_nil
  end

  it 'answers HEAD with what is registered for GET, unless HEAD has its own' do
    table.register(:GET, '/a', handler)
    expect(table.lookup('HEAD', '/a')).to be(handler)
    own = handler.dup
    table.register(:HEAD, '/a', own)
    expect(table.lookup('HEAD', '/a')).to be(own)
  end

  it 'replaces a route' do
    table.register(:GET, '/a', handler)
    table.register(:GET, '/a', described_class::DynamicBlockEntry.new(:GET, '/a', proc {}))
    expect(table.size).to eq(1)
    expect(table.route_set.size).to eq(1)
    expect(table.lookup('GET', '/a')).to be_a(described_class::DynamicBlockEntry)
  end

  it 'forgets everything' do
    table.register(:GET, '/a', handler)
    table.clear
    expect(table).to be_empty
    expect(table.route_set.size).to eq(0)
    expect(table.lookup('GET', '/a')).to be_nil
  end

  it 'is not touched by a path that changes afterwards' do
    path = +'/a'
    table.register(:GET, path, handler)
    path << 'b'
    expect(table.lookup('GET', '/a')).to be(handler)
  end

  [[:TRACE, '/', proc {}], ['GET', '/', proc {}], [:GET, :/, proc {}], [:GET, nil, proc {}],
   [:GET, '/', 'no callable']].each do |arguments|
    it "refuses #{arguments.first(2)} with #{arguments.last.class}" do
      expect { table.register(*arguments) }.to raise_error(ArgumentError)
      expect(table).to be_empty
    end
  end

  described_class::METHODS.each do |method|
    it "takes #{method}" do
      expect(table.register(method, '/', handler)).to be(handler)
    end
  end

  it 'may be changed by many threads at once' do
    threads = Array.new(8) do |n|
      Thread.new { 50.times { |i| table.register(:GET, "/#{n}/#{i}", handler) && table.lookup('GET', "/#{n}/#{i}") } }
    end
    threads.each(&:join)
    expect(table.size).to eq(400)
    expect(table.route_set.size).to eq(400)
  end

  describe described_class::StaticEntry do
    let(:head) { "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n" }
    let(:entry) { described_class.new(:GET, '/a', "#{head}ok") }

    it 'knows its head' do
      expect(entry.headers_bytesize).to eq(head.bytesize)
    end

    it 'answers itself to a call' do
      expect(entry.call(nil)).to be(entry)
    end

    it 'has a frozen response' do
      expect(entry.response_bytes).to eq("#{head}ok").and be_frozen
    end

    it 'leaves a slot for the Date behind the status line' do
      bytes, body_length, offset = entry.wire
      expect(body_length).to eq(2)
      expect(bytes.byteslice(offset, 29)).to eq('Thu, 01 Jan 1970 00:00:00 GMT')
      expect(bytes.lines.first(3)).to eq(["HTTP/1.1 200 OK\r\n", "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
                                          "content-type: text/plain\r\n"])
    end
  end

  describe described_class::DynamicBlockEntry do
    let(:entry) { described_class.new(:GET, '/a', ->(env) { [200, {}, [env['PATH_INFO'], env['HTTP_X_ID']]] }) }

    it 'gives its block a Rack env, also for a request' do
      request = Hyperion::Request.new(method: 'GET', path: '/a', query_string: nil, http_version: 'HTTP/1.1',
                                      headers: { 'x-id' => '7' }, body: nil)
      expect(entry.call(request)).to eq([200, {}, ['/a', '7']])
      expect(entry.call({ 'PATH_INFO' => '/b' })).to eq([200, {}, ['/b', nil]])
    end
  end
end
