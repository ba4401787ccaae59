# frozen_string_literal: true

RSpec.describe 'A connection' do
  before do
    static_route('/static', 'static')
    route_block(:GET, '/block') { [200, {}, ['block']] }
  end

  let(:targets) { %w[/static /block /app] }
  let(:bodies) { %w[static block hello] }

  each_engine do
    it 'serves one request after the other' do
      client = connect(serve)
      answers = Array.new(20) { targets.map { |target| client.get(target).body } }

      expect(answers).to all(eq(bodies))
    end

    it 'says nothing about keeping alive to an HTTP/1.1 client' do
      client = connect(serve)
      targets.each { |target| expect(client.get(target).names).not_to include('connection') }
    end

    it 'ends when the client asks for it' do
      server = serve
      targets.zip(bodies) do |target, body|
        ['Connection: close', 'connection: CLOSE', 'Connection: x, close',
         "Connection: keep-alive,\tclose"].each do |field|
          client = connect(server)
          response = client.get(target, field)

          expect(response.body).to eq(body)
          expect(response).to be_closes
          expect(client.ending).to eq(:eof)
        end
      end
    end

    it 'answers nothing that comes behind a request to close' do
      server = serve
      targets.each do |target|
        client = connect(server)
        client.write(raw("GET #{target} HTTP/1.1", 'Host: a', 'Connection: close') + raw('GET / HTTP/1.1', 'Host: a'))
        responses, = client.responses_until_end

        expect(responses.size).to eq(1)
      end
    end

    it 'goes on through other connection options' do
      client = connect(serve)
      expect(client.get('/static', 'Connection: keep-alive').body).to eq('static')
      expect(client.get('/app', 'Connection: closed, x-close').body).to eq('hello')
      expect(client.get('/app').body).to eq('hello')
    end

    it 'takes one empty line before a request' do
      client = connect(serve)
      targets.each { |target|
        expect(client.request("\r\nGET #{target} HTTP/1.1\r\nHost: a\r\n\r\n").status).to eq(200)
      }
    end

    it 'that the client only opens and closes is no error' do
      server = serve
      20.times { connect(server).close }
      20.times { connect(server).reset }
      clients.clear

      expect(get(server, '/app').body).to eq('hello')
      expect(log.complaints).to be_empty
    end

    it 'that the client leaves in the middle of anything is no error' do
      server = serve
      request = raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', body: 'body')
      (1...request.bytesize).step(3) do |cut|
        connect(server).write(request.byteslice(0, cut)).close
        connect(server).write(request.byteslice(0, cut)).reset
      end
      clients.clear

      expect(get(server, '/app').body).to eq('hello')
      expect(log.complaints).to be_empty
    end

    it 'whose client sends no more still gets its answers' do
      server = serve
      targets.zip(bodies) do |target, body|
        client = connect(server)
        client.write(raw("GET #{target} HTTP/1.1", 'Host: a') * 3).close_write
        responses, how = client.responses_until_end

        expect(responses.map(&:body)).to eq([body] * 3)
        expect(how).to eq(:eof)
      end
    end

    it 'that is half closed gets the answer that is still being made' do
      held = gate
      client = connect(serve(->(_env) { held.pass([200, {}, ['late']]) }))
      client.write(raw('GET / HTTP/1.1', 'Host: a')).close_write
      held.await
      held.open

      expect(client.response.body).to eq('late')
      expect(client.ending).to eq(:eof)
    end
  end
end
