# frozen_string_literal: true

RSpec.describe 'Route blocks' do
  each_engine do
    it 'get a Rack env and answer a triple' do
      envs = Thread::Queue.new
      route_block(:GET, '/block') do |env|
        envs << env.dup
        [201, { 'content-type' => 'text/plain', 'x-made' => 'by block' }, ['made']]
      end
      response = get(serve, '/block?a=1&b', 'X-Sent: yes')

      expect(response).to have_attributes(status: 201, reason: 'Created', body: 'made')
      expect(response['x-made']).to eq('by block')
      expect(envs.pop).to include('REQUEST_METHOD' => 'GET', 'PATH_INFO' => '/block', 'QUERY_STRING' => 'a=1&b',
                                  'HTTP_X_SENT' => 'yes', 'SERVER_PROTOCOL' => 'HTTP/1.1')
    end

    it 'answer HEAD with what GET would have, but for the body' do
      methods = Thread::Queue.new
      route_block(:GET, '/block') do |env|
        methods << env['REQUEST_METHOD']
        [200, { 'content-length' => '4' }, env['REQUEST_METHOD'] == 'HEAD' ? [] : ['made']]
      end
      client = connect(serve)
      response = client.get('/block', method: 'HEAD')

      expect(methods.pop).to eq('HEAD')
      expect(response['content-length']).to eq('4')
      expect(client.get('/block').body).to eq('made')
    end

    it 'read the body of a request' do
      route_block(:POST, '/echo') { |env| [200, {}, [env['rack.input'].read.reverse]] }
      client = connect(serve)
      client.write(raw('POST /echo HTTP/1.1', 'Host: a', 'Content-Length: 5', body: 'abcde'))
      client.write(raw('POST /echo HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked', body: "3\r\nabc\r\n0\r\n\r\n"))

      expect(client.responses(2).map(&:body)).to eq(%w[edcba cba])
    end

    Hyperion::Server::RouteTable::METHODS.each do |method|
      it "may be registered for #{method}" do
        route_block(method, '/any') { |env| [200, { 'x-method' => env['REQUEST_METHOD'] }, []] }
        expect(get(serve, '/any', method: method.name)['x-method']).to eq(method.name)
      end
    end

    it 'leave other paths and methods to the application' do
      route_block(:GET, '/block') { [200, {}, ['block']] }
      client = connect(serve(->(env) { [200, {}, ["app #{env['REQUEST_METHOD']} #{env['PATH_INFO']}"]] }))

      expect(client.get('/block').body).to eq('block')
      expect(client.get('/other').body).to eq('app GET /other')
      expect(client.get('/block', method: 'DELETE').body).to eq('app DELETE /block')
    end

    it 'that raise are answered 500, and logged once' do
      route_block(:GET, '/block') { raise ArgumentError, 'block broke' }
      server = serve

      expect(get(server, '/block').status).to eq(500)
      told = a_hash_including(error: 'block broke', error_class: 'ArgumentError', path: '/block')
      eventually { expect(log.complaints.map(&:fields)).to contain_exactly(told) }
      expect(get(server, '/').body).to eq('hello')
    end

    it 'are seen when they come, change and go while the server runs' do
      client = connect(serve)
      expect(client.get('/late').body).to eq('hello')

      route_block(:GET, '/late') { [200, {}, ['first']] }
      eventually { expect(client.get('/late').body).to eq('first') }
      route_block(:GET, '/late') { [200, {}, ['second']] }
      eventually { expect(client.get('/late').body).to eq('second') }
      Hyperion::Server.route_table.clear
      eventually { expect(client.get('/late').body).to eq('hello') }
    end

    it 'stay alive through garbage collections' do
      20.times { |number| route_block(:GET, "/#{number}") { [200, {}, ["block #{number}"]] } }
      client = connect(serve)
      GC.start
      GC.compact if GC.respond_to?(:compact)

      bodies = (0...20).map { |number| client.get("/#{number}").body }
      expect(bodies).to eq((0...20).map { |number| "block #{number}" })
    end
  end
end
