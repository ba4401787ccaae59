# frozen_string_literal: true

RSpec.describe 'Slow clients' do
  before { static_route('/static', 'static') }

  let(:large) { 'x' * 20_000_000 }

  # Before Rack 3 Lint made any body an enumerated one, whose thread waits for its client.
  of_rack3 = { lint: Rack.release >= '3' }

  each_engine do
    it 'that do not end their head get 408, however they trickle' do
      client = connect(serve(head_timeout: 0.3))
      taken = seconds do
        client.trickle("GET / HTTP/1.1\r\nHost: #{'a' * 600}", every: 0.05)
        expect(client.response.status).to eq(408)
      end

      expect(taken).to be_between(0.2, 10)
      expect(client.close_write.ending).to eq(:eof)
    end

    it 'that send nothing at all are closed without a word' do
      client = connect(serve(head_timeout: 0.2, idle_timeout: 0.2))
      expect(client.ending).to eq(:eof)
    end

    it 'that ask by HEAD, and do not end it, get 408 without a body' do
      client = connect(serve(head_timeout: 0.2)).write("HEAD / HTTP/1.1\r\n")
      expect(client.response(head_only: true).status).to eq(408)
      expect(client.close_write.ending).to eq(:eof)
    end

    it 'that send an empty line behind a request, and no other, are closed without a word' do
      client = connect(serve(head_timeout: 0.2, idle_timeout: 0.2))
      client.write(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 3', body: "abc\r\n"))
      expect(client.response.status).to eq(200)
      expect(client.ending).to eq(:eof)
    end

    it 'that do not send their body get 408' do
      client = connect(serve(body_timeout: 0.2))
      client.write(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 10', body: 'abc'))

      expect(client.response.status).to eq(408)
      expect(client.close_write.ending).to eq(:eof)
    end

    it 'that dribble their body below the least rate get 408' do
      client = connect(serve(body_timeout: 0.3, min_body_rate: 1000))
      client.write(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 10000'))
      20.times { client.silent?(0.05) && client.write('x') }
      expect(client.response.status).to eq(408)
    end

    it 'that flood a body with chunk extensions bring it no nearer to its end' do
      client = connect(serve(body_timeout: 0.3, min_body_rate: 1000))
      client.write(raw('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked'))
      20.times { client.silent?(0.05) && client.write("1;#{'a' * 1000}\r\nx\r\n") }
      expect(client.response.status).to eq(408)
    end

    it 'that send their body slowly, but at the least rate, are waited for' do
      client = connect(serve(body_timeout: 1, min_body_rate: 20))
      client.write(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 2500'))
      50.times { client.silent?(0.05) && client.write('x' * 50) }
      expect(client.response.status).to eq(200)
    end

    it 'that do not send their next request are closed without a word' do
      client = connect(serve(idle_timeout: 0.2))
      client.get('/static')
      expect(client.ending).to eq(:eof)
    end

    it 'have the idle time anew after each request' do
      client = connect(serve(idle_timeout: 2))
      5.times do
        expect(client.get('/static').status).to eq(200)
        expect(client).to be_silent(0.5)
      end
    end

    it 'that read nothing are cut when no byte has gone for so long' do
      server = serve(->(_env) { [200, {}, [large]] }, write_timeout: 0.2)
      client = connect(server, receive_buffer: 4096).write(raw('GET / HTTP/1.1', 'Host: a'))
      client.more?

      eventually { expect(server.server.stats[:open]).to eq(0) }
      expect { client.response }.to raise_error(RawClient::Ended)
    end

    it 'that read slowly get everything' do
      client = connect(serve(->(_env) { [200, {}, [large]] }, write_timeout: 5), receive_buffer: 16_384)
      expect(client.request(raw('GET / HTTP/1.1', 'Host: a')).body.bytesize).to eq(large.bytesize)
    end

    it 'that read nothing do not hold a worker' do
      server = serve(->(env) { [200, {}, [env['PATH_INFO'] == '/large' ? large : 'small']] }, thread_count: 1,
                                                                                              **of_rack3)
      readers = Array.new(5) do
        connect(server, receive_buffer: 4096).write(raw('GET /large HTTP/1.1', 'Host: a')).tap(&:more?)
      end

      expect(get(server, '/').body).to eq('small')
      expect(readers.map { |client| client.response.body.bytesize }).to all(eq(large.bytesize))
    end

    it 'with a head that never ends do not hold others' do
      server = serve(thread_count: 1)
      100.times { connect(server).write("GET / HTTP/1.1\r\nHost: ") }

      expect(seconds { expect(get(server, '/').body).to eq('hello') }).to be_at_once
      expect(seconds { expect(get(server, '/static').body).to eq('static') }).to be_at_once
    end

    it 'that keep many connections idle do not hold others, nor lose theirs' do
      server = serve(thread_count: 1)
      idle = Array.new(30) { connect(server).tap { |client| client.get('/') } }

      expect(seconds { expect(get(server, '/').body).to eq('hello') }).to be_at_once
      expect(idle.map { |client| client.get('/').body }).to all(eq('hello'))
    end

    it 'that send their bodies bit by bit do not hold others' do
      server = serve(->(env) { [200, {}, [env['rack.input'].read]] }, thread_count: 1)
      slow = Array.new(30) do
        connect(server).write(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 3', body: 'a'))
      end

      expect(seconds { expect(get(server, '/static').body).to eq('static') }).to be_at_once
      expect(slow.map { |client| client.write('bc').response.body }).to all(eq('abc'))
    end

    it 'that never read have little of the kernel\'s memory' do
      skip 'no /proc/net/tcp' unless File.readable?('/proc/net/tcp')
      server = serve(->(_env) { [200, {}, [large]] })
      connect(server).write(raw('GET / HTTP/1.1', 'Host: a')).more? # the loop runs: the next inherits what it has set
      close_clients
      connect(server, receive_buffer: 4096).write(raw('GET / HTTP/1.1', 'Host: a')).more?

      expect(unacknowledged_bytes(server.port)).to be_between(1, 500_000)
    end

    # What the kernel holds for the clients of a port.
    def unacknowledged_bytes(port)
      File.readlines('/proc/net/tcp').drop(1).map(&:split).sum do |_, local, _, _, queues|
        local.end_with?(format(':%04X', port)) ? queues[/\A\h+/].hex : 0
      end
    end

    it 'that ask for much and never read cost one copy of a String that the application shares' do
      shared = 'x' * 8_000_000
      server = serve(->(_env) { [200, {}, [shared]] }, **of_rack3)
      get(server, '/')
      before = resident_kib
      readers = Array.new(20) { connect(server, receive_buffer: 4096).write(raw('GET / HTTP/1.1', 'Host: a')) }
      readers.each(&:more?)

      expect(resident_kib - before).to be < 40_000
    end
  end
end
