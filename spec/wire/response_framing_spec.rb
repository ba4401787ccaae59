# frozen_string_literal: true

RSpec.describe 'Responses of the application' do
  def answering(status, headers, body)
    ->(_env) { [status, headers, body] }
  end

  def close_of(body)
    patiently { body.closed.pop }
  end

  # True when the response breaks off, or is 500 in its place.
  def broken_or_failed(client)
    client.response.status == 500
  rescue RawClient::Ended
    true
  end

  # Before Rack 3 Lint made any body an enumerated one, and Arrays among header fields were not in the SPEC.
  of_rack3 = { lint: Rack.release >= '3' }

  each_engine do
    it 'get a status line, the Date, and the length of an Array\'s Strings' do
      app = answering(200, { 'content-type' => 'text/plain' }, ['hello ', '', 'world'])
      response = get(serve(app, **of_rack3), '/')

      expect(response.head.sub(/date: [^\r]+/, 'date: *'))
        .to eq("HTTP/1.1 200 OK\r\ndate: *\r\ncontent-type: text/plain\r\ncontent-length: 11\r\n\r\n")
      expect(Time.httpdate(response['date'])).to be_within(10).of(Time.now)
      expect(response.body).to eq('hello world')
    end

    { 200 => 'OK', 201 => 'Created', 302 => 'Found', 404 => 'Not Found', 418 => '', 422 => 'Unprocessable Content',
      500 => 'Internal Server Error', 503 => 'Service Unavailable', 599 => '' }.each do |status, reason|
      it "have the reason phrase of #{status}" do
        expect(get(serve(answering(status, {}, ['x'])),
                   '/')).to have_attributes(status: status, reason: reason, body: 'x')
      end
    end

    it 'keep the Date that the application sets' do
      response = get(serve(answering(200, { 'date' => 'Thu, 01 Jan 1970 00:00:00 GMT' }, [])), '/')
      expect(response['date']).to eq('Thu, 01 Jan 1970 00:00:00 GMT')
    end

    it 'send a field for each value of an Array' do
      app = answering(200, { 'set-cookie' => ['a=1', 'b=2'], 'x-one' => ['1'] }, [])
      response = get(serve(app, **of_rack3), '/')

      expect(response.values('set-cookie')).to eq(%w[a=1 b=2])
      expect(response.values('x-one')).to eq(['1'])
    end

    it 'have names in lower case' do
      response = get(serve(answering(200, { 'X-Mixed' => 'Yes', 'Content-Type' => 'text/plain' }, ['x']), lint: false),
                     '/')
      expect(response.names).to include('x-mixed', 'content-type').and all(match(/\A[^A-Z]+\z/))
    end

    it 'send a field for each line of a value, as Rack 2 has it' do
      response = get(serve(answering(200, { 'set-cookie' => "a=1\nb=2" }, []), lint: false), '/')
      expect(response.values('set-cookie')).to eq(%w[a=1 b=2])
    end

    it 'do not send what begins with rack.' do
      response = get(serve(answering(200, { 'rack.secret' => 'x' }, []), lint: false), '/')
      expect(response.names).not_to include('rack.secret')
    end

    it 'of one piece take the length that the application says' do
      expect(get(serve(answering(200, { 'content-length' => '5' }, ['hello'])),
                 '/').values('content-length')).to eq(['5'])
    end

    it 'are chunked when the body is enumerated and has no length' do
      client = connect(serve(answering(200, {}, %w[one two three].each)))
      response = client.get('/')

      expect(response['transfer-encoding']).to eq('chunked')
      expect(response.body).to eq('onetwothree')
      expect(client.get('/').body).to eq('onetwothree')
    end

    it 'are not chunked when an enumerated body has a length' do
      response = get(serve(answering(200, { 'content-length' => '6' }, %w[one two].each)), '/')

      expect(response.names).not_to include('transfer-encoding')
      expect(response.body).to eq('onetwo')
    end

    it 'skip empty pieces, which would end a chunked body' do
      client = connect(serve(answering(200, {}, ['one', '', 'two', ''].each)))
      expect(client.get('/').body).to eq('onetwo')
      expect(client.get('/').body).to eq('onetwo')
    end

    it 'may have an enumerated body without pieces' do
      client = connect(serve(answering(200, {}, [].each)))
      expect(client.get('/').body).to eq('')
      expect(client.get('/').body).to eq('')
    end

    it 'are streamed: a piece arrives before the next is computed' do
      body = told_body
      client = connect(serve(answering(200, {}, body)))
      client.write(raw('GET / HTTP/1.1', 'Host: a'))

      body.tell('first')
      expect(client.take_line).to eq('HTTP/1.1 200 OK')
      nil until client.take_line.empty?
      expect(client.take(10)).to eq("5\r\nfirst\r\n")
      body.tell('second')
      expect(client.take(11)).to eq("6\r\nsecond\r\n")
      body.finish
      expect(client.take("0\r\n\r\n".bytesize)).to eq("0\r\n\r\n")
    end

    it 'are streamed with a length, too' do
      body = told_body
      client = connect(serve(answering(200, { 'content-length' => '11' }, body)))
      client.write(raw('GET / HTTP/1.1', 'Host: a'))

      body.tell('first')
      nil until client.take_line.empty?
      expect(client.take(5)).to eq('first')
      expect(body.tell('second') && client.take(6)).to eq('second')
      body.finish
      expect(close_of(body)).to be(true)
    end

    it 'may be large, of one String' do
      body = Random.new(5).bytes(10_000_000)
      client = connect(serve(answering(200, {}, [body])))

      2.times { expect(client.get('/').body).to eq(body) }
    end

    it 'may be large, of many Strings' do
      pieces = Array.new(3_000) { |number| number.to_s * 500 }
      expect(get(serve(answering(200, {}, pieces)), '/').body).to eq(pieces.join)
    end

    it 'may be large, in many pieces' do
      pieces = Array.new(500) { |number| number.to_s * 5_000 }
      expect(get(serve(answering(200, {}, pieces.each)), '/').body).to eq(pieces.join)
    end

    it 'are sent as they were when the application changes its Strings later' do
      body = +'a' * 100_000
      server = serve(lambda { |_env|
        body.replace('a' * 100_000)
        [200, {}, [body]]
      }, lint: false)
      client = connect(server, receive_buffer: 4096)
      client.write(raw('GET / HTTP/1.1', 'Host: a'))
      client.more?
      body.replace('b' * 100_000)

      expect(client.response.body).to eq('a' * 100_000)
    end

    it 'of status 204 and 304 have no body and no length' do
      [204, 304].each do |status|
        client = connect(serve(answering(status, {}, ['dropped']), lint: false))
        response = client.get('/')

        expect(response.status).to eq(status)
        expect(response.names).not_to include('content-length', 'transfer-encoding')
        expect(client.get('/').status).to eq(status)
      end
    end

    it 'close the connection when the application says so' do
      client = connect(serve(answering(200, { 'connection' => 'close' }, ['bye'])))
      response = client.get('/')

      expect(response).to be_closes
      expect(response.values('connection')).to eq(['close'])
      expect(client.ending).to eq(:eof)
    end

    [["3\r\nabc\r\n0\r\n\r\n"], %W[3\r\nabc\r\n 0\r\n\r\n].each].each do |body|
      it "that the application has coded itself go out as they are, and end the connection: #{body.class}" do
        client = connect(serve(answering(200, { 'transfer-encoding' => 'chunked' }, body), lint: false))
        response = client.get('/')

        expect(response).to have_attributes(chunks: ['abc'], closes?: true)
        expect(client.ending).to eq(:eof)
      end
    end

    it 'have a coding or a length, not both' do
      headers = { 'transfer-encoding' => 'chunked', 'content-length' => '13' }
      expect(get(serve(answering(200, headers, ["3\r\nabc\r\n0\r\n\r\n"]), lint: false), '/').status).to eq(500)
    end

    {
      'a body that is not chunked' => ['chunked', ['hello']],
      'no body' => ['chunked', []],
      'bytes behind the last chunk' => ['chunked', ["0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"]],
      'a bare LF behind a size' => ['chunked', ["3\nabc\r\n0\r\n\r\n"]],
      'chunked twice' => ['chunked, chunked', ["0\r\n\r\n"]],
      'chunked in two fields' => [%w[chunked chunked], ["0\r\n\r\n"]],
      'chunked before another' => ['chunked, gzip', ["0\r\n\r\n"]],
      'chunked with a parameter' => ['chunked;a=b', ["0\r\n\r\n"]],
      'an empty coding' => ['gzip,,chunked', ["0\r\n\r\n"]],
      'identity among others' => ['identity, chunked', ["0\r\n\r\n"]],
      'no token' => ["chunked\v", ["0\r\n\r\n"]]
    }.each do |what, (codings, body)|
      # RFC 9112 sections 6.1 and 7.1
      it "are replaced by 500 for a transfer-encoding of the application's with #{what}" do
        client = connect(serve(answering(200, { 'transfer-encoding' => codings }, body), lint: false))
        response = client.get('/')

        expect(response.status).to eq(500)
        expect(response.names).not_to include('transfer-encoding')
        expect(log.complaints.size).to eq(1)
      end
    end

    [["3\r\nabc\r\n"], ["3\r\nabc\r\n", 'no chunk']].each do |pieces|
      it "that the application has coded, and whose chunks break off, are cut: #{pieces}" do
        headers = { 'transfer-encoding' => 'chunked' }
        client = connect(serve(answering(200, headers, pieces.each), lint: false))

        expect { client.get('/') }.to raise_error(RawClient::Ended)
        expect(log.complaints.size).to eq(1)
      end
    end

    it 'that the application has coded otherwise end with the connection' do
      client = connect(serve(answering(200, { 'transfer-encoding' => 'gzip' }, ['zipped']), lint: false))
      client.write(raw('GET / HTTP/1.1', 'Host: a'))
      answer = client.take_rest

      expect(answer).to include("transfer-encoding: gzip\r\n", "connection: close\r\n").and end_with("\r\n\r\nzipped")
    end

    it 'are framed as others when the application says that it has coded nothing' do
      ['identity', '', []].each do |none|
        client = connect(serve(answering(200, { 'transfer-encoding' => none }, ['hello']), lint: false))

        framed = satisfy { |names| !names.include?('transfer-encoding') }
        expect(client.get('/')).to have_attributes(body: 'hello', names: framed)
        expect(client.get('/').status).to eq(200)
      end
    end

    it 'that the application has coded are not for a client of HTTP/1.0' do
      headers = { 'transfer-encoding' => 'chunked' }
      client = connect(serve(answering(200, headers, ["3\r\nabc\r\n0\r\n\r\n"]), lint: false))

      expect(client.request(raw('GET / HTTP/1.0')).status).to eq(500)
    end

    # RFC 9110 section 7.8
    it 'that offer another protocol name it among the options of the connection' do
      client = connect(serve(answering(426, { 'upgrade' => 'other', 'connection' => 'Upgrade' }, ['no'])))
      options = [[], ['Connection: close']].map { |fields| client.get('/', *fields)['connection'] }

      expect(options).to eq(['upgrade', 'upgrade, close'])
    end

    # RFC 9110 section 15.3.6
    it 'of status 205 have no body, and say so' do
      body = ["3\r\nabc\r\n0\r\n\r\n"]
      [{}, { 'content-length' => '13' }, { 'transfer-encoding' => 'chunked' }].each do |headers|
        client = connect(serve(answering(205, headers, body), lint: false))
        %w[GET GET HEAD].each do |method|
          response = client.get('/', method: method)
          expect([response.status, response.body]).to eq([205, ''])
          expect(response.values('content-length')).to eq(['0'])
          expect(response.names).not_to include('transfer-encoding')
        end
      end
    end

    it 'of status 204 have no coding' do
      client = connect(serve(answering(204, { 'transfer-encoding' => 'chunked' }, []), lint: false))
      expect(client.get('/').names).not_to include('transfer-encoding')
    end

    {
      'CR and LF in a value' => { 'x-a' => "b\r\nx-evil: 1" }, 'LF in one of several values' => { 'x-a' => ["b\nc"] },
      'CR in a value' => { 'x-a' => "b\rc" }, 'NUL in a value' => { 'x-a' => "b\0c" },
      'CR and LF in a name' => { "x-a: b\r\nx-evil" => '1' }, 'a space in a name' => { 'x a' => 'b' },
      'a colon in a name' => { 'x:a' => 'b' }, 'an empty name' => { '' => 'b' },
      'CR and LF in one of several values' => { 'set-cookie' => ['a=1', "b=2\r\nx-evil: 1"] }
    }.each do |what, headers|
      it "are replaced by 500 for #{what}" do
        client = connect(serve(answering(200, headers, ['body']), lint: false))
        response = client.get('/')

        expect(response.status).to eq(500)
        expect(response.names).not_to include('x-evil')
        eventually { expect(log.complaints.size).to eq(1) }
      end
    end

    {
      'nil' => nil, 'no Array' => 'hello', 'too few elements' => [200, {}],
      'a status below 200' => [100, {}, []], 'a status that is no number' => ['x', {}, []],
      'a status of four digits' => [2000, {}, []], 'no headers' => [200, nil, []], 'no body' => [200, {}, nil],
      'a body that cannot be enumerated' => [200, {}, Object.new],
      'a body of other things than Strings' => [200, {}, [1]]
    }.each do |what, answer|
      it "are replaced by 500 when the application answers #{what}" do
        server = serve(->(_env) { answer }, lint: false)

        expect(get(server, '/').status).to eq(500)
        eventually { expect(log.complaints.size).to eq(1) }
        expect(get(server, '/').status).to eq(500)
      end
    end

    it 'shorter than their length end the connection, which is logged' do
      client = connect(serve(answering(200, { 'content-length' => '10' }, ['short']), lint: false))
      client.write(raw('GET / HTTP/1.1', 'Host: a'))

      expect(broken_or_failed(client)).to be(true)
      eventually { expect(log.complaints.size).to eq(1) }
    end

    it 'longer than their length never send more, which is logged' do
      client = connect(serve(answering(200, { 'content-length' => '2' }, ['longer']), lint: false))
      client.write(raw('GET / HTTP/1.1', 'Host: a'))
      responses, = client.responses_until_end

      expect(responses.map(&:status)).to eq([200]).or eq([500])
      expect(responses.first.body).to eq('lo') if responses.first.status == 200
      eventually { expect(log.complaints.size).to eq(1) }
    end

    it 'that break off end the connection without the last chunk, which is logged' do
      client = connect(serve(answering(200, {}, ClosableBody.new(%w[one two]) { raise 'body broke' })))
      client.write(raw('GET / HTTP/1.1', 'Host: a'))

      expect { client.response }.to raise_error(RawClient::Ended)
      eventually { expect(log.complaints.map { |event| event.fields[:error] }).to eq(['body broke']) }
    end

    describe 'close their body' do
      it 'when it was sent' do
        body = ClosableBody.new(%w[one two])
        expect(get(serve(answering(200, {}, body)), '/').body).to eq('onetwo')
        expect(close_of(body)).to be(true)
      end

      it 'when it is an Array that can be closed' do
        body = %w[one two]
        closed = Thread::Queue.new
        body.define_singleton_method(:close) { closed << true }
        expect(get(serve(answering(200, {}, body), lint: false), '/').body).to eq('onetwo')
        expect(patiently { closed.pop }).to be(true)
      end

      it 'when it raises' do
        body = ClosableBody.new(['one']) { raise 'body broke' }
        client = connect(serve(answering(200, {}, body)))
        client.write(raw('GET / HTTP/1.1', 'Host: a'))
        expect(close_of(body)).to be(true)
      end

      it 'when its headers are refused' do
        body = ClosableBody.new(['one'])
        expect(get(serve(answering(200, { 'x' => "\0" }, body), lint: false), '/').status).to eq(500)
        expect(close_of(body)).to be(true)
      end

      it 'when it is not sent' do
        [['HEAD', 200], ['GET', 204], ['GET', 304]].each do |method, status|
          body = ClosableBody.new(['one'])
          expect(get(serve(answering(status, {}, body), lint: false), '/', method: method).status).to eq(status)
          expect(close_of(body)).to be(true), "#{method} #{status}"
        end
      end

      it 'when the client has gone' do
        body = told_body
        client = connect(serve(answering(200, {}, body)))
        client.write(raw('GET / HTTP/1.1', 'Host: a'))
        body.tell('first')
        nil until client.take_line.empty?
        client.reset
        clients.delete(client)
        100.times { body.tell('x' * 100_000) }

        expect(close_of(body)).to be(true)
      end

      it 'once' do
        body = ClosableBody.new(['one'])
        client = connect(serve(answering(200, {}, body)))
        client.get('/')
        client.get('/')
        eventually { expect(body.closed.size).to eq(2) }
      end
    end
  end
end
