# frozen_string_literal: true

RSpec.describe Hyperion::Server do
  around do |example|
    before = described_class.route_table
    described_class.route_table = described_class::RouteTable.new
    example.run
  ensure
    described_class.route_table = before
  end

  describe '.handle_static' do
    it 'registers an entry whose response is built' do
      entry = described_class.handle_static(:GET, '/a', 'héllo', content_type: 'text/html', headers: { 'X-Id' => '7' })
      expect(described_class.route_table.lookup('GET', '/a')).to be(entry)
      head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nx-id: 7\r\ncontent-length: 6\r\n\r\n"
      expect(entry.response_bytes).to eq(head + 'héllo'.b)
      expect(entry.response_bytes.bytesize - entry.headers_bytesize).to eq(6)
    end

    it 'takes a status' do
      entry = described_class.handle_static(:GET, '/gone', 'gone', status: 410)
      expect(entry.response_bytes).to start_with("HTTP/1.1 410 Gone\r\n")
    end

    it 'leaves out type and length where there can be no body' do
      entry = described_class.handle_static(:GET, '/none', '', status: 204)
      expect(entry.response_bytes).to eq("HTTP/1.1 204 No Content\r\n\r\n")
    end

    it 'says of a status that resets that it has no body' do
      entry = described_class.handle_static(:GET, '/reset', '', status: 205)
      expect(entry.response_bytes).to end_with("\r\ncontent-length: 0\r\n\r\n")
    end

    {
      'a body that is no String' => [[:GET, '/', nil], {}],
      'a content type that is no String' => [[:GET, '/', ''], { content_type: nil }],
      'a path that is no String' => [[:GET, :/, ''], {}],
      'a path without a leading slash' => [[:GET, 'a', ''], {}],
      'an unknown method' => [[:BREW, '/', ''], {}],
      'a line end in a content type' => [[:GET, '/', ''], { content_type: "text/plain\r\nx: y" }],
      'a line end in a header value' => [[:GET, '/', ''], { headers: { 'x' => "a\nb" } }],
      'a NUL in a header value' => [[:GET, '/', ''], { headers: { 'x' => "a\0b" } }],
      'a colon in a header name' => [[:GET, '/', ''], { headers: { 'x:y' => 'a' } }],
      'a header name that is no String' => [[:GET, '/', ''], { headers: { x: 'a' } }],
      'a length of its own' => [[:GET, '/', ''], { headers: { 'Content-Length' => '7' } }],
      'an unknown status' => [[:GET, '/', ''], { status: 99 }],
      'a body for a status that has none' => [[:GET, '/', 'x'], { status: 304 }],
      'a body for a status that resets' => [[:GET, '/', 'x'], { status: 205 }]
    }.each do |what, (arguments, keywords)|
      it "refuses #{what}" do
        expect { described_class.handle_static(*arguments, **keywords) }.to raise_error(ArgumentError)
        expect(described_class.route_table).to be_empty
      end
    end
  end

  describe '.handle' do
    it 'registers a block' do
      entry = described_class.handle(:POST, '/a') { |env| [200, {}, [env['PATH_INFO']]] }
      expect(entry).to be_a(described_class::RouteTable::DynamicBlockEntry)
      expect(entry).to have_attributes(method: :POST, path: '/a')
    end

    it 'registers a legacy handler' do
      handler = ->(request) { [200, {}, [request.path]] }
      expect(described_class.handle(:GET, '/a', handler)).to be(handler)
    end

    it 'refuses both, neither, and what cannot be called' do
      expect { described_class.handle(:GET, '/', proc {}) { nil } }.to raise_error(ArgumentError)
      expect { described_class.handle(:GET, '/') }.to raise_error(ArgumentError)
      expect { described_class.handle(:GET, '/', Object.new) }.to raise_error(ArgumentError)
    end
  end

  describe '.route_table=' do
    it 'takes nothing but a route table' do
      expect { described_class.route_table = nil }.to raise_error(ArgumentError)
    end
  end

  describe '.new' do
    it 'refuses an application that cannot be called' do
      expect { described_class.new(app: Object.new) }.to raise_error(ArgumentError, /app must respond to call/)
    end

    it 'refuses a bad setting by its name' do
      expect { described_class.new(app: proc {}, thread_count: 0) }.to raise_error(ArgumentError, /thread_count must/)
      expect { described_class.new(app: proc {}, colour: 1) }.to raise_error(ArgumentError, /unknown setting colour/)
    end
  end
end
