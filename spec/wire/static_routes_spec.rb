# frozen_string_literal: true

RSpec.describe 'Static routes' do
  each_engine do
    it 'are answered with the status line, lower-case names, Date, type, length and body' do
      static_route('/health', "ok\n")
      response = get(serve, '/health')

      expect(response.head.sub(/(?<=^date: )\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/, 'now'))
        .to eq("HTTP/1.1 200 OK\r\ndate: now\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\n")
      expect(response.body).to eq("ok\n")
    end

    it 'have the Date of the second in which they are sent' do
      static_route('/', 'x')
      client = connect(serve)
      dates = Array.new(2) { Time.httpdate(client.get('/')['date']) }

      expect(dates).to all(be_within(10).of(Time.now))
    end

    it 'have a Date that goes on' do
      static_route('/', 'x')
      client = connect(serve)
      first = client.get('/')['date']

      eventually { expect(client.get('/')['date']).not_to eq(first) }
    end

    it 'have the type, status and further fields they were registered with' do
      static_route('/gone', '{}', content_type: 'application/json', status: 410, headers: { 'X-Why' => 'moved house' })
      response = get(serve, '/gone')

      expect(response).to have_attributes(status: 410, reason: 'Gone', body: '{}')
      expect(response['content-type']).to eq('application/json')
      expect(response.fields).to include(['x-why', 'moved house'])
    end

    it 'have neither body nor length with status 204' do
      static_route('/empty', '', status: 204)
      client = connect(serve)
      response = client.get('/empty')

      expect(response.status).to eq(204)
      expect(response.names).not_to include('content-length', 'transfer-encoding')
      expect(client.get('/empty').status).to eq(204)
    end

    it 'answer HEAD with the head of GET and no body' do
      static_route('/page', 'a page')
      client = connect(serve)
      by_get = client.get('/page')
      by_head = client.get('/page', method: 'HEAD')

      expect(by_head.comparable).to eq(by_get.comparable.delete_suffix('a page'))
      expect(client.get('/page').body).to eq('a page')
    end

    it 'are found whatever the query string' do
      static_route('/page', 'a page')
      client = connect(serve)

      ['/page?', '/page?a=1', '/page?/other', '/page??'].each do |target|
        expect(client.get(target).body).to eq('a page'), target
      end
    end

    it 'are found by their exact path only' do
      static_route('/page', 'a page')
      client = connect(serve)

      ['/page/', '/Page', '/pag', '/', '//page', '/page%20', '/./page'].each do |target|
        expect(client.get(target).body).to eq('hello'), target
      end
    end

    it 'are found by a target in absolute form' do
      static_route('/page', 'a page')
      expect(get(serve, 'http://example.org/page?a').body).to eq('a page')
    end

    it 'leave other methods of their path to the application' do
      static_route('/page', 'a page')
      client = connect(serve(->(env) { [200, {}, [env['REQUEST_METHOD']]] }))

      expect(client.get('/page', method: 'DELETE').body).to eq('DELETE')
      expect(client.get('/page').body).to eq('a page')
    end

    Hyperion::Server::RouteTable::METHODS.each do |method|
      it "may be registered for #{method}" do
        static_route('/any', 'any', method: method)
        client = connect(serve)

        expect(client.get('/any', method: method.name).status).to eq(200)
        expect(client.get('/any', method: method.name).body).to eq(method == :HEAD ? '' : 'any')
      end
    end

    it 'read and drop the body of a request' do
      static_route('/form', 'thanks', method: :POST)
      client = connect(serve)
      client.write(raw('POST /form HTTP/1.1', 'Host: a', 'Content-Length: 300000', body: 'x' * 300_000))
      client.write(raw('POST /form HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked', body: "3\r\nabc\r\n0\r\n\r\n"))

      expect(client.responses(2).map(&:body)).to eq(%w[thanks thanks])
      expect(client.get('/').body).to eq('hello')
    end

    it 'may have any bytes as body' do
      body = (0..255).map(&:chr).join.b * 3
      static_route('/bytes', body, content_type: 'application/octet-stream')

      expect(get(serve, '/bytes').body).to eq(body)
    end

    it 'count the length in bytes' do
      static_route('/umlaut', 'grün')
      response = get(serve, '/umlaut')

      expect(response['content-length']).to eq('5')
      expect(response.body).to eq('grün'.b)
    end

    it 'may have an empty body' do
      static_route('/nothing', '')
      client = connect(serve)

      expect(client.get('/nothing')).to have_attributes(status: 200, body: '')
      expect(client.get('/nothing')['content-length']).to eq('0')
    end

    it 'may have a body that takes many sends' do
      body = Random.new(1).bytes(8 * 1024 * 1024)
      static_route('/large', body)
      client = connect(serve)

      expect(client.get('/large').body).to eq(body)
      expect(client.get('/large', method: 'HEAD')['content-length']).to eq(body.bytesize.to_s)
      expect(client.get('/').body).to eq('hello')
    end

    it 'are seen when they come, change and go while the server runs' do
      client = connect(serve)
      expect(client.get('/late').body).to eq('hello')

      static_route('/late', 'first')
      eventually { expect(client.get('/late').body).to eq('first') }
      static_route('/late', 'second')
      eventually { expect(client.get('/late').body).to eq('second') }
      Hyperion::Server.route_table.clear
      eventually { expect(client.get('/late').body).to eq('hello') }
    end

    it 'are never seen half changed' do
      bodies = %w[a b].map { |letter| letter * 5_000 }
      static_route('/torn', bodies.first)
      client = connect(serve)
      writer = Thread.new { 300.times { |turn| static_route('/torn', bodies[turn % 2]) } }
      seen = []
      seen << client.get('/torn').body while writer.alive?
      writer.join

      expect(seen - bodies).to be_empty
    end

    it 'are served without an application' do
      static_route('/page', 'a page')
      client = connect(serve(nil))

      expect(client.get('/page').body).to eq('a page')
      expect(client.get('/other').status).to eq(404)
    end

    it 'may be many' do
      500.times { |number| static_route("/#{number}", "body #{number}") }
      client = connect(serve)

      bodies = (0...500).map { |number| client.get("/#{number}").body }
      expect(bodies).to eq((0...500).map { |number| "body #{number}" })
    end
  end
end
