# frozen_string_literal: true

RSpec.describe 'The engines' do
  app = Rack::Lint.new(lambda { |env|
    case env['PATH_INFO']
    when '/each' then [200, { 'content-type' => 'text/plain' }, %w[one two].each]
    when '/fields' then [201, { 'set-cookie' => %w[a=1 b=2], 'x-b' => '', 'date' => 'Thu, 01 Jan 1970 00:00:00 GMT' },
                         ['x']]
    when '/close' then [200, { 'connection' => 'close' }, ['x']]
    when '/empty' then [204, {}, []]
    when '/large' then [200, {}, ['l' * 100_000]]
    when '/raise' then raise 'broke'
    else [200, { 'content-type' => 'text/plain' }, [env['QUERY_STRING'], env['rack.input'].read]]
    end
  })

  # Whole conversations: what is written, up to the end of the connection.
  conversations = {
    'a static route' => ['GET /static HTTP/1.1', 'Host: a'],
    'HEAD of a static route' => ['HEAD /static HTTP/1.1', 'Host: a'],
    'a large static route' => ['GET /static/large HTTP/1.1', 'Host: a'],
    'a static route with fields' => ['GET /static/fields HTTP/1.1', 'Host: a'],
    'a static route by HTTP/1.0' => ['GET /static HTTP/1.0'],
    'a static route by HTTP/1.0 with keep-alive' => ['GET /static HTTP/1.0', 'Connection: keep-alive'],
    'a block' => ['GET /block HTTP/1.1', 'Host: a'],
    'the application' => ['GET /?query HTTP/1.1', 'Host: a'],
    'the application by HTTP/1.0 with keep-alive' => ['GET /?query HTTP/1.0', 'Connection: keep-alive'],
    'HEAD of the application' => ['HEAD /?query HTTP/1.1', 'Host: a'],
    'an enumerated body' => ['GET /each HTTP/1.1', 'Host: a'],
    'HEAD of an enumerated body' => ['HEAD /each HTTP/1.1', 'Host: a'],
    'an enumerated body by HTTP/1.0' => ['GET /each HTTP/1.0'],
    'fields' => ['GET /fields HTTP/1.1', 'Host: a'],
    'a close by the application' => ['GET /close HTTP/1.1', 'Host: a'],
    'no content' => ['GET /empty HTTP/1.1', 'Host: a'],
    'a large body' => ['GET /large HTTP/1.1', 'Host: a'],
    'an error' => ['GET /raise HTTP/1.1', 'Host: a'],
    'an error by HEAD' => ['HEAD /raise HTTP/1.1', 'Host: a'],
    'an unknown method' => ['BREW / HTTP/1.1', 'Host: a'],
    'a request for all' => ['OPTIONS * HTTP/1.1', 'Host: a'],
    'an absolute target' => ['GET http://b/static?x HTTP/1.1', 'Host: a'],
    'an unknown expectation' => ['GET / HTTP/1.1', 'Host: a', 'Expect: much'],
    'a missing Host' => ['GET / HTTP/1.1'],
    'a missing Host by HEAD' => ['HEAD / HTTP/1.1'],
    'an unknown coding' => ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: x'],
    'an unknown version' => ['GET / HTTP/3.0', 'Host: a'],
    'a tunnel' => ['CONNECT a:1 HTTP/1.1', 'Host: a:1'],
    'the HTTP/2 preface' => ['PRI * HTTP/2.0'],
    'an upgrade' => ['GET /static HTTP/1.1', 'Host: a', 'Connection: upgrade', 'Upgrade: h2c'],
    'a body too large' => ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 99999999999'],
    'a long target' => ["GET /#{'a' * 9_000} HTTP/1.1", 'Host: a'],
    'a long field' => ['GET / HTTP/1.1', 'Host: a', "X: #{'a' * 40_000}"]
  }.transform_values { |lines| [*lines, '', ''].join("\r\n") }

  conversations['a body by length'] = "POST /?q HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
  conversations['a body by chunks'] =
    "POST /?q HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
  conversations['an offered body'] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
  conversations['nonsense'] = "\x00\x01\r\n\r\n"

  pool = Hyperion::ConnectionPool

  define_method(:talk) do |engine, app, conversations|
    stub_const('Hyperion::ConnectionPool', engine.pool || pool)
    engine.select do
      server = serve(app, lint: false, **engine.options)
      conversations.transform_values do |bytes|
        client = connect(server).write(bytes + "GET /static HTTP/1.1\r\nHost: a\r\n\r\n").close_write
        client.take_rest.gsub(/^date: (?!Thu, 01 Jan 1970)[^\r]+/, 'date: *')
      rescue RawClient::Ended => e
        "#{e.how} #{client.buffer}"
      end
    end
  end

  engines, missing = Engine::ALL.partition { |engine| engine.missing.nil? }

  before do
    static_route('/static', 'static')
    static_route('/static/large', 'l' * 100_000)
    static_route('/static/fields', 'x', status: 404, headers: { 'x-a' => 'b' })
    route_block(:GET, '/block') { [200, { 'content-type' => 'text/plain' }, ['block']] }
  end

  missing.each do |engine|
    it("are tried, also #{engine.name}", skip: engine.missing) { nil }
  end

  it "answer byte for byte alike: #{engines.map(&:name).join(', ')}" do
    said = engines.to_h { |engine| [engine, talk(engine, app, conversations)] }

    aggregate_failures do
      conversations.each_key do |what|
        answers = said.transform_values { |answer| answer[what] }
        expect(answers.values.uniq.size).to eq(1), "#{what}: #{answers.map { |engine, answer|
          "\n  #{engine.name}: #{answer[0, 600].inspect}"
        }.join}"
        expect(answers.values.first).to start_with('HTTP/1.1 '), what
      end
    end
  end
end
