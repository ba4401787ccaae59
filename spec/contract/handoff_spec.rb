# frozen_string_literal: true

RSpec.describe 'A server whose C loop gives a connection up' do
  let(:app) do
    ->(env) {
      [200, {}, ["#{env['REQUEST_METHOD']} #{env['PATH_INFO']} #{env['HTTP_UPGRADE']} #{env['rack.input']&.read}"]]
    }
  end

  def upgrade(request_line, *fields, body: '')
    raw(request_line, 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket', *fields, body: body)
  end

  before { static_route('/static', 'static') }

  each_c_loop do
    it 'serves it in Ruby from the request that wants another protocol' do
      server = serve(app)
      client = connect(server)
      client.write(raw('GET /static HTTP/1.1',
                       'Host: a') + upgrade('GET /first HTTP/1.1') + raw('GET /second HTTP/1.1', 'Host: a'))

      expect(client.responses(3).map(&:body)).to eq(['static', 'GET /first websocket ', 'GET /second  '])
      expect(server.server.stats[:handoffs]).to eq(1)
      expect(client.get('/static').body).to eq('static')
    end

    it 'serves its body, wherever the bytes are cut' do
      server = serve(app)
      bytes = upgrade('POST /first HTTP/1.1', 'Content-Length: 4', body: 'body')
      (1...bytes.bytesize).step(7) do |cut|
        client = connect(server).write(bytes.byteslice(0, cut)).write(bytes.byteslice(cut..))
        expect(client.response.body).to eq('POST /first websocket body'), "cut at #{cut}"
      end
    end

    it 'serves others meanwhile, though many such connections stay' do
      server = serve(app, thread_count: 2)
      staying = Array.new(5) { connect(server).write(upgrade('GET /stay HTTP/1.1')) }
      expect(staying.first.response.body).to eq('GET /stay websocket ')

      expect(get(server, '/app').body).to eq('GET /app  ')
      expect(get(server, '/static').body).to eq('static')
    end

    it 'serves all of them, more than there are threads' do
      server = serve(app, thread_count: 2)
      staying = Array.new(6) { connect(server).write(upgrade('GET /stay HTTP/1.1')) }
      expect(staying.map { |client| client.response.body }).to eq(['GET /stay websocket '] * 6)
    end

    it 'answers CONNECT with 501' do
      client = connect(serve(app)).write(raw('CONNECT a:1 HTTP/1.1', 'Host: a:1'))
      expect(client.response.status).to eq(501)
    end

    it 'ends it when the server stops' do
      server = serve(app)
      client = connect(server).write(upgrade('GET /stay HTTP/1.1'))
      client.response
      server.server.stop

      expect(client.ending).to eq(:eof)
      server.join
    end

    it 'leaves no descriptor behind' do
      server = serve(app)
      connect(server).request(upgrade('GET / HTTP/1.1'))
      close_clients
      before = descriptors
      10.times { connect(server).request(upgrade('GET / HTTP/1.1', 'X: 1')) }
      close_clients

      eventually { expect(descriptors).to be <= before }
    end
  end
end
