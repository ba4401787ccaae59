# frozen_string_literal: true

RSpec.describe 'Pipelined requests' do
  before do
    static_route('/static', 'static')
    route_block(:GET, '/block') { [200, {}, ['block']] }
  end

  let(:app) { ->(env) { [200, {}, ["app #{env['QUERY_STRING']} #{env['rack.input']&.read}"]] } }

  def one(target)
    raw("GET #{target} HTTP/1.1", 'Host: a')
  end

  each_engine do
    it 'are answered in order' do
      targets = Array.new(200) { |number| ['/static', '/block', "/?#{number}"][number % 3] }
      bodies = Array.new(200) { |number| ['static', 'block', "app #{number} "][number % 3] }
      client = connect(serve(app)).write(targets.map { |target| one(target) }.join)

      expect(client.responses(200).map(&:body)).to eq(bodies)
    end

    it 'are answered in order wherever the bytes are cut' do
      bytes = one('/static') + one('/?1') + raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 3', body: 'abc') +
              raw('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked',
                  body: "2\r\nde\r\n0\r\n\r\n") + one('/block')
      server = serve(app)
      (1...bytes.bytesize).each do |cut|
        client = connect(server).write(bytes.byteslice(0, cut)).write(bytes.byteslice(cut..))
        expect(client.responses(5).map(&:body)).to eq(['static', 'app 1 ', 'app  abc', 'app  de', 'block']),
                                                   "cut at #{cut}"
        client.close
        clients.clear
      end
    end

    it 'are answered in order byte by byte' do
      client = connect(serve(app))
      client.write_each_byte(one('/static') + one('/?1') + one('/block') + one('/static'))

      expect(client.responses(4).map(&:body)).to eq(['static', 'app 1 ', 'block', 'static'])
    end

    it 'are not overtaken by a static route behind a slow application' do
      held = gate
      client = connect(serve(->(_env) { held.pass([200, {}, ['slow']]) }))
      client.write(one('/') + one('/static') + one('/block'))
      held.await
      held.open

      expect(client.responses(3).map(&:body)).to eq(%w[slow static block])
    end

    it 'are answered until one closes' do
      client = connect(serve(app))
      client.write(one('/static') + raw('GET /?1 HTTP/1.1', 'Host: a', 'Connection: close') + one('/static'))
      responses, = client.responses_until_end

      expect(responses.map(&:body)).to eq(['static', 'app 1 '])
    end

    it 'are answered up to the one that is malformed' do
      client = connect(serve(app)).write("#{one('/static')}#{one('/?1')}GET / HTTP/1.1\r\n\r\n#{one('/static')}")
      responses, = client.responses_until_end

      expect(responses.map(&:status)).to eq([200, 200, 400])
    end

    it 'may have HEAD among them' do
      client = connect(serve(app)).write(one('/static').sub('GET',
                                                            'HEAD') + one('/static') + one('/').sub('GET',
                                                                                                    'HEAD') + one('/'))
      found = [true, false, true, false].map { |head_only| client.response(head_only: head_only).body }

      expect(found).to eq(['', 'static', '', 'app  '])
    end

    it 'by thousands are answered by thousands' do
      client = connect(serve(app))
      writer = Thread.new { 20.times { client.write(one('/static') * 500) } }

      expect(client.responses(10_000).map(&:body).tally).to eq('static' => 10_000)
      writer.join
    end

    it 'with large answers are answered in order' do
      large = 'x' * 300_000
      static_route('/large', large)
      client = connect(serve(->(_env) { [200, {}, ['app' * 100_000]] }))
      client.write((one('/large') + one('/') + one('/static')) * 10)

      expect(client.responses(30).map(&:body)).to eq([large, 'app' * 100_000, 'static'] * 10)
    end

    it 'of more connections than there are threads are all answered, and the connections kept' do
      server = serve(app, thread_count: 2)
      crowd = Array.new(20) { connect(server) }
      2.times do |round|
        crowd.each { |client| client.write((one("/?#{round}") + one('/static') + one('/block')) * 5) }
        crowd.each { |client| expect(client.responses(15).map(&:body)).to eq(["app #{round} ", 'static', 'block'] * 5) }
      end
    end

    it 'without an end leave others their turn' do
      server = serve(app, thread_count: 1)
      greedy = connect(server)
      threads = [-> { greedy.write(one('/') * 50) }, -> { greedy.response }].map { |part| Thread.new { loop(&part) } }

      expect(seconds { expect(Array.new(5) { get(server, '/static').body }).to all(eq('static')) }).to be_at_once
    ensure
      threads&.each { |thread| thread.kill.join }
    end
  end
end
