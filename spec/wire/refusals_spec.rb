# frozen_string_literal: true

RSpec.describe 'What the server refuses' do
  before { static_route('/static', 'static') }

  {
    400 => ['Bad Request', "GET / HTTP/1.1\r\n\r\n"],
    413 => ['Content Too Large', "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n"],
    414 => ['URI Too Long', "GET /#{'a' * 500} HTTP/1.1\r\nHost: a\r\n\r\n"],
    417 => ['Expectation Failed', "GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n"],
    421 => ['Misdirected Request', "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n"],
    431 => ['Request Header Fields Too Large', "GET / HTTP/1.1\r\nHost: a\r\nX: #{'a' * 3000}\r\n\r\n"],
    501 => ['Not Implemented', "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"],
    505 => ['HTTP Version Not Supported', "GET / HTTP/2.0\r\nHost: a\r\n\r\n"]
  }.each do |status, (reason, request)|
    describe "with #{status}" do
      let(:limits) { { max_target_bytes: 400, max_head_bytes: 2000, max_body_bytes: 1000 } }

      each_engine do
        it 'gets a complete response that says close, and the connection ends' do
          client = connect(serve(**limits))
          response = client.request(request)

          expect(response.head.sub(/^date: [^\r]+/, 'date: *')).to eq(<<~HEAD.gsub("\n", "\r\n"))
            HTTP/1.1 #{status} #{reason}
            date: *
            content-type: text/plain
            content-length: #{reason.bytesize + 1}
            connection: close

          HEAD
          expect(response.body).to eq("#{reason}\n")
          expect(client.close_write.ending).to eq(:eof)
        end

        it 'is told from the same bytes one by one' do
          client = connect(serve(**limits)).write_each_byte(request)

          expect(client.response.status).to eq(status)
          expect(client.close_write.more?).to be(false)
        end

        it 'does not reach the application, and the next connection is served' do
          calls = Thread::Queue.new
          server = serve(lambda { |_env|
            calls << 1
            [200, {}, []]
          }, **limits)
          expect(connect(server).request(request).status).to eq(status)

          expect(calls).to be_empty
          expect(get(server, '/static').body).to eq('static')
        end

        it 'answers what came before it on the connection' do
          client = connect(serve(**limits)).write(raw('GET /static HTTP/1.1', 'Host: a') + request)
          expect(client.responses(2).map(&:status)).to eq([200, status])
        end

        it 'gets its answer to the client though that sends on, and no reset takes it away' do
          client = connect(serve(**limits)).write(request + ('x' * 200_000))
          expect(client.response.status).to eq(status)
          client.write('x' * 200_000)

          expect(client.close_write.ending).to eq(:eof)
        end

        it 'ends in peace with a client that sends on only after the answer' do
          client = connect(serve(**limits)).write(request)
          expect(client.response.status).to eq(status)
          client.write('x' * 200_000)

          expect(client.close_write.ending).to eq(:eof)
        end
      end
    end
  end

  each_engine do
    it 'answers CONNECT with 501 when nobody tunnels' do
      client = connect(serve)
      expect(client.request(raw('CONNECT example.org:443 HTTP/1.1', 'Host: example.org:443')).status).to eq(501)
      expect(client.close_write.ending).to eq(:eof)
    end

    it 'answers the HTTP/2 preface and closes' do
      client = connect(serve).write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
      expect(client.response.status).to eq(505).or eq(400)
      expect(client.close_write.ending).to eq(:eof)
    end

    it 'ignores an Upgrade that it does not know' do
      client = connect(serve)
      response = client.get('/app', 'Connection: Upgrade', 'Upgrade: websocket')

      expect(response).to have_attributes(status: 200, body: 'hello')
    end

    it 'answers a TLS hello with 400 or closes' do
      client = connect(serve).write("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03#{'x' * 500}".b)
      responses, = client.responses_until_end

      expect(responses.map(&:status)).to eq([400]).or eq([])
    end
  end
end
