# frozen_string_literal: true

RSpec.describe 'A server and other protocols' do
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
    it 'keeps a connection whose Upgrade nobody answers in the loop' do
      server = serve(app)
      client = connect(server)
      client.write(raw('GET /static HTTP/1.1', 'Host: a') + upgrade('GET /first HTTP/1.1') +
                   upgrade('GET /static HTTP/1.1') + raw('GET /second HTTP/1.1', 'Host: a'))

      expect(client.responses(4).map(&:body)).to eq(['static', 'GET /first websocket ', 'static', 'GET /second  '])
      expect(server.server.stats[:handoffs]).to eq(0)
    end

    it 'serves the body of an Upgrade, wherever the bytes are cut' do
      server = serve(app)
      bytes = upgrade('POST /first HTTP/1.1', 'Content-Length: 4', body: 'body')
      (1...bytes.bytesize).step(7) do |cut|
        client = connect(server).write(bytes.byteslice(0, cut)).write(bytes.byteslice(cut..))
        expect(client.response.body).to eq('POST /first websocket body'), "cut at #{cut}"
      end
    end

    it 'has no thread for each connection that once asked for an Upgrade' do
      server = serve(app, thread_count: 1)
      staying = Array.new(6) { connect(server).write(upgrade('GET /stay HTTP/1.1')) }
      expect(staying.map { |client| client.response.body }).to eq(['GET /stay websocket '] * 6)
      threads = Thread.list.count { |thread| thread.name.to_s.include?('handoff') }

      expect(threads).to eq(0)
      expect(staying.map { |client| client.get('/static').body }).to eq(['static'] * 6)
    end

    {
      'CONNECT' => ["CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501],
      'the preface of HTTP/2' => ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505]
    }.each do |what, (bytes, status)|
      it "hands #{what} over, which is answered behind what came before" do
        server = serve(app)
        client = connect(server).write(raw('GET /static HTTP/1.1', 'Host: a') + bytes)

        expect(client.responses(2).map(&:status)).to eq([200, status])
        expect(client.close_write.ending).to eq(:eof)
        expect(server.server.stats[:handoffs]).to eq(1)
        expect(get(server, '/static').body).to eq('static')
      end
    end

    it 'leaves no descriptor behind' do
      server = serve(app)
      connect(server).request(raw('CONNECT a:1 HTTP/1.1', 'Host: a:1'))
      close_clients
      before = descriptors
      10.times { connect(server).request(raw('CONNECT a:1 HTTP/1.1', 'Host: a:1')) }
      close_clients

      eventually { expect(descriptors).to be <= before }
    end
  end
end
