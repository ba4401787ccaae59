# frozen_string_literal: true

RSpec.describe 'Limits' do
  def status_of(bytes, **limits)
    connect(serve(**limits)).request(bytes).status
  end

  def get_of(target, *fields)
    raw("GET #{target} HTTP/1.1", 'Host: a', *fields)
  end

  each_engine do
    it 'hold for the method, to the byte' do
      expect(status_of(raw("#{'M' * 10} / HTTP/1.1", 'Host: a'), max_method_bytes: 10)).to eq(200)
      expect(status_of(raw("#{'M' * 11} / HTTP/1.1", 'Host: a'), max_method_bytes: 10)).to eq(501)
    end

    it 'hold for the target, to the byte' do
      expect(status_of(get_of("/#{'a' * 99}"), max_target_bytes: 100)).to eq(200)
      expect(status_of(get_of("/#{'a' * 100}"), max_target_bytes: 100)).to eq(414)
    end

    it 'hold for a target that never ends' do
      client = connect(serve(max_target_bytes: 100)).write("GET /#{'a' * 100}")
      expect(client.response.status).to eq(414)
    end

    it 'hold for the head, to the byte' do
      head = get_of('/', "X: #{'a' * 100}")
      expect(status_of(head, max_head_bytes: head.bytesize)).to eq(200)
      expect(status_of(head, max_head_bytes: head.bytesize - 1)).to eq(431)
    end

    it 'hold for a head that never ends' do
      client = connect(serve(max_head_bytes: 1000))
      client.write("GET / HTTP/1.1\r\nHost: a\r\n#{"X: y\r\n" * 200}")
      expect(client.response.status).to eq(431)
    end

    it 'hold for the number of fields' do
      expect(status_of(get_of('/', *Array.new(9) { |number| "X-#{number}: y" }), max_headers: 10)).to eq(200)
      expect(status_of(get_of('/', *Array.new(10) { |number| "X-#{number}: y" }), max_headers: 10)).to eq(431)
    end

    it 'hold for the body by length, told before it comes' do
      fits = raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 100', body: 'x' * 100)
      expect(status_of(fits, max_body_bytes: 100)).to eq(200)
      expect(status_of(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 101'), max_body_bytes: 100)).to eq(413)
    end

    it 'hold for the body by chunks, as soon as it is over' do
      coded = raw('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')
      chunk = "32\r\n#{'x' * 50}\r\n"
      expect(status_of("#{coded}#{chunk * 2}0\r\n\r\n", max_body_bytes: 100)).to eq(200)
      expect(status_of("#{coded}#{chunk * 2}1\r\nx", max_body_bytes: 100)).to eq(413)
    end

    it 'may forbid bodies' do
      expect(status_of(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 1', body: 'x'), max_body_bytes: 0)).to eq(413)
      expect(status_of(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 0'), max_body_bytes: 0)).to eq(200)
    end

    it 'hold for chunk extensions and trailers that never end' do
      coded = raw('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')
      expect(status_of("#{coded}1;#{'a' * 10_000}")).to eq(400)
      expect(status_of("#{coded}0\r\n#{"X: y\r\n" * 5_000}")).to eq(400)
    end

    it 'hold for the size of a chunk with its extensions, to the byte' do
      coded = raw('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')
      line = "1;#{'a' * 6}\r\n"
      expect(status_of("#{coded}#{line}x\r\n0\r\n\r\n", max_chunk_line_bytes: line.bytesize)).to eq(200)
      expect(status_of("#{coded}#{line}x\r\n0\r\n\r\n", max_chunk_line_bytes: line.bytesize - 1)).to eq(400)
    end

    it 'hold for trailers, to the byte' do
      coded = raw('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')
      trailers = "X: #{'y' * 20}\r\n\r\n"
      expect(status_of("#{coded}0\r\n#{trailers}", max_trailer_bytes: trailers.bytesize)).to eq(200)
      expect(status_of("#{coded}0\r\n#{trailers}", max_trailer_bytes: trailers.bytesize - 1)).to eq(400)
    end

    it 'hold for what comes behind an answer that closes the connection' do
      server = serve(linger_bytes: 10, linger_timeout: 60)
      client = connect(server)
      expect(client.request("nonsense\r\n\r\n").status).to eq(400)
      eventually { expect(server.server.metrics).to include('{state="lingering"} 1') }
      client.write('x' * 10)
      eventually { expect(server.server.metrics).to include('{state="lingering"} 0') }
    end

    it 'answer 413 for a body that no number can count' do
      huge = raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 9223372036854775807')
      expect(status_of(huge)).to eq(413)
    end
  end

  describe 'of connections' do
    # Seconds of CPU that this process uses while nothing is to be heard from a client for so long.
    def cpu_seconds_of_silence(client, seconds)
      before = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
      expect(client).to be_silent(seconds)
      Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - before
    end

    each_engine(Engine::OWN) do
      it 'make further ones wait until one ends' do
        server = serve(max_connections: 2)
        first, second = Array.new(2) { connect(server).tap { |client| client.write('GET / HT') } }
        third = connect(server).write(get_of('/'))

        expect(third).to be_silent(0.2)
        first.close
        clients.delete(first)
        expect(third.response.status).to eq(200)
        expect(second.write("TP/1.1\r\nHost: a\r\n\r\n").response.status).to eq(200)
      end

      it 'make the one that has idled longest give way' do
        server = serve(max_connections: 2)
        first, second = Array.new(2) { connect(server).tap { |client| client.get('/') } }

        expect(get(server, '/').status).to eq(200)
        expect(first.ending).to eq(:eof)
        expect(second.get('/').status).to eq(200)
        expect(server.server.stats[:idle_displaced]).to eq(1)
      end

      it 'make idle ones give way to any number of new ones, which are all answered' do
        server = serve(max_connections: 4, thread_count: 8)
        many = Array.new(40) { connect(server) }
        many.each { |client| expect(client.get('/').status).to eq(200) }

        expect(many.first(36).map(&:ending)).to all(eq(:eof))
        expect(many.last(4).map { |client| client.get('/').status }).to all(eq(200))
        eventually { expect(server.server.stats).to include(open: 4, idle_displaced: 36) }
      end

      it 'answer what an idle one has sent before it gives way' do
        server = serve(max_connections: 1)
        20.times do
          idle = connect(server).tap { |client| client.get('/') }
          idle.write(get_of('/'))
          expect(get(server, '/').status).to eq(200)
          expect(idle.responses_until_end).to match([[have_attributes(status: 200)], :eof]).or match([[], :reset])
        end
      end

      it 'let a flood of silent ones wait without work, and serve when there is room' do
        server = serve(max_connections: 10, thread_count: 20)
        flood = Array.new(60) { connect(server).write('GET / HT') }
        honest = connect(server).write(get_of('/'))
        eventually { expect(server.server.stats[:open]).to eq(10) }

        expect(cpu_seconds_of_silence(honest, 1)).to be < 0.3
        flood.each(&:close)
        expect(honest.response.status).to eq(200)
        expect(server.server.stats[:open]).to be <= 10
        flood.each { |client| clients.delete(client) }
      end

      it 'are not spent on those that are gone' do
        server = serve(max_connections: 4)
        50.times { connect(server).tap { |client| client.get('/') }.close }
        clients.clear

        expect(get(server, '/').status).to eq(200)
      end
    end
  end

  describe 'of waiting requests' do
    each_c_loop do
      it 'answer 503 with Retry-After beyond it, and the others in the end' do
        held = gate
        server = serve(->(_env) { held.pass([200, {}, ['served']]) }, thread_count: 1, max_queue: 2)
        busy = connect(server).write(get_of('/'))
        held.await
        waiting = Array.new(2) { connect(server).write(get_of('/')) }
        eventually { expect(server.server.stats[:queue][:length]).to eq(2) }
        refused = connect(server).request(get_of('/'))

        expect(refused).to have_attributes(status: 503, reason: 'Service Unavailable')
        expect(refused['retry-after']).to match(/\A\d+\z/)
        held.open
        expect([busy, *waiting].map { |client| client.response.body }).to all(eq('served'))
        expect(get(server, '/').body).to eq('served')
      end
    end
  end

  describe 'as settings' do
    {
      port: -1, thread_count: 0, loops: 0, backend: :kqueue9, max_connections: 0, max_queue: 0, max_target_bytes: 0,
      max_method_bytes: 6, max_chunk_line_bytes: 0, max_trailer_bytes: 0, linger_bytes: -1,
      max_head_bytes: 0, max_headers: 0, max_body_bytes: -1, head_timeout: -1, body_timeout: -1, write_timeout: 'x',
      idle_timeout: Float::NAN, shutdown_timeout: -1, host: '', linger_timeout: Float::INFINITY, min_body_rate: -1,
      min_write_rate: 1.5, body_directory: "/tmp\0", allow_underscore_headers: 1
    }.each do |name, value|
      it "are refused by name: #{name} of #{value.inspect}" do
        expect { Hyperion::Server.new(app: Servers::HELLO, name => value) }.to raise_error(ArgumentError, /#{name}/)
      end
    end

    it 'are refused when nobody knows them' do
      expect { Hyperion::Server.new(app: Servers::HELLO, max_fun: 1) }.to raise_error(ArgumentError, /max_fun/)
    end
  end
end
