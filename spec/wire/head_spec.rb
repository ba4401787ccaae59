# frozen_string_literal: true

RSpec.describe 'HEAD' do
  # What a server knows only when it has made the content, it may leave out (RFC 9110 section 9.3.2): the application
  # may answer HEAD with an empty body.
  def head_of(app, method)
    get(serve(app), '/', method: method).comparable.lines("\r\n", chomp: true).take_while { |line| !line.empty? }
  end

  each_engine do
    {
      'an Array' => -> { [200, { 'content-type' => 'text/plain' }, %w[one two]] },
      'an enumerated body' => -> { [200, {}, %w[one two].each] },
      'a length' => -> { [200, { 'content-length' => '6' }, %w[one two].each] },
      'no body' => -> { [200, {}, []] },
      'status 204' => -> { [204, {}, []] },
      'an error' => -> { [404, {}, ['no such page']] }
    }.each do |what, answer|
      it "has the head of GET, and no body, for #{what}" do
        app = ->(_env) { answer.call }
        by_get = head_of(app, 'GET')
        computed = answer.call[1].key?('content-length') ? [] : by_get.grep(/\A(content-length|transfer-encoding): /)

        expect(head_of(app, 'HEAD')).to eq(by_get).or eq(by_get - computed)
      end

      it "leaves the connection ready behind #{what}" do
        client = connect(serve(->(_env) { answer.call }))
        2.times { client.get('/', method: 'HEAD') }
        expect(client.get('/').status).to eq(answer.call.first)
      end
    end

    it 'keeps the length that the application says, with an empty body' do
      app = ->(env) { [200, { 'content-length' => '1000' }, env['REQUEST_METHOD'] == 'HEAD' ? [] : ['x' * 1000]] }
      expect(get(serve(app), '/', method: 'HEAD')['content-length']).to eq('1000')
    end

    it 'that is refused gets no body' do
      client = connect(serve)
      response = client.request(raw('HEAD / HTTP/1.1', 'Host: a', 'Host: b'))

      expect(response.status).to eq(400)
      expect(client.ending).to eq(:eof)
    end

    it 'that fails gets no body' do
      client = connect(serve(->(_env) { raise 'broke' }))
      expect(client.get('/', method: 'HEAD').status).to eq(500)
      client.write(raw('GET / HTTP/1.1', 'Host: a', 'Connection: close'))
      responses, = client.responses_until_end
      expect(responses.map(&:status)).to be_empty.or eq([500])
    end
  end
end
