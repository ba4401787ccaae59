# frozen_string_literal: true

RSpec.describe 'HTTP/1.0 clients' do
  # Lint made any body an enumerated one before Rack 3, whose length a server cannot know.
  length = Rack.release < '3' ? { 'content-length' => '5' } : {}

  before do
    static_route('/static', 'static')
    route_block(:GET, '/block') { [200, length, ['block']] }
  end

  let(:routes) { { '/static' => 'static', '/block' => 'block', '/app' => 'hello' } }

  each_engine do
    it 'need no Host, and are closed after the answer' do
      server = serve
      routes.each do |target, body|
        client = connect(server)
        response = client.request(raw("GET #{target} HTTP/1.0"))

        expect(response.body).to eq(body)
        expect(response).to be_closes
        expect(client.ending).to eq(:eof)
      end
    end

    it 'are kept, and told so, when they ask for it' do
      client = connect(serve(->(_env) { [200, length, ['hello']] }))
      routes.each do |target, body|
        response = client.request(raw("GET #{target} HTTP/1.0", 'Connection: Keep-Alive'))

        expect(response.body).to eq(body)
        expect(response['connection']).to eq('keep-alive')
      end
      expect(client.request(raw('GET /static HTTP/1.0'))).to be_closes
      expect(client.ending).to eq(:eof)
    end

    it 'are answered in the server\'s version' do
      expect(connect(serve).request(raw('GET /static HTTP/1.0')).version).to eq('HTTP/1.1')
    end

    it 'get a body of unknown length up to the end of the connection' do
      client = connect(serve(->(_env) { [200, {}, %w[one two].each] }))
      response = client.request(raw('GET / HTTP/1.0', 'Connection: keep-alive'))

      expect(response.names).not_to include('transfer-encoding', 'content-length')
      expect(response).to be_closes
      expect(response.body).to eq('onetwo')
    end

    it 'may send a body by length' do
      echo = ->(env) { [200, {}, [env['rack.input'].read]] }
      expect(connect(serve(echo)).request(raw('POST / HTTP/1.0', 'Content-Length: 3', body: 'abc')).body).to eq('abc')
    end

    it 'get a HEAD without body' do
      client = connect(serve)
      response = client.request(raw('HEAD /static HTTP/1.0'))

      expect(response['content-length']).to eq('6')
      expect(client.ending).to eq(:eof)
    end
  end
end
