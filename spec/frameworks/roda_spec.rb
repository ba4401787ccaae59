# frozen_string_literal: true

require 'roda'

# A routing tree with JSON, a form, a stream and a mounted Rack app.
class RodaApp < Roda
  plugin :all_verbs
  plugin :json
  plugin :json_parser
  plugin :streaming
  plugin :halt
  plugin :error_handler do |error|
    response.status = 500
    "sorry: #{error.message}"
  end

  route do |r|
    r.root { '<h1>Roda</h1>' }
    r.on('notes', Integer) do |id|
      r.get { { 'id' => id, 'query' => r.params } }
      r.put { { 'id' => id, 'text' => r.params.fetch('text') } }
      r.delete { r.halt(204) }
    end
    r.get('stream') { stream { |out| 3.times { |number| out << "part #{number}\n" } } }
    r.get('trouble') { raise 'trouble in the tree' }
    r.on('mounted') { r.run(->(env) { [200, {}, ["#{env['SCRIPT_NAME']} #{env['PATH_INFO']}"]] }) }
  end
end

RSpec.describe "Roda #{Roda::RodaVersion}" do
  each_engine do
    let(:client) { connect(serve(RodaApp.app)) }

    it 'answers the root' do
      expect(client.get('/').body).to eq('<h1>Roda</h1>')
    end

    it 'answers JSON from the tree' do
      expect(client.get('/notes/7?a=b').body).to eq('{"id":7,"query":{"a":"b"}}')
    end

    it 'takes JSON' do
      body = '{"text":"Grüße"}'
      answer = client.request(raw('PUT /notes/7 HTTP/1.1', 'Host: localhost', 'Content-Type: application/json',
                                  "Content-Length: #{body.bytesize}", body: body))
      expect(answer.body.force_encoding('UTF-8')).to eq('{"id":7,"text":"Grüße"}')
    end

    it 'answers without a body' do
      expect(client.get('/notes/7', method: 'DELETE').status).to eq(204)
      expect(client.get('/').status).to eq(200)
    end

    it 'streams' do
      expect(client.get('/stream').body).to eq("part 0\npart 1\npart 2\n")
    end

    it 'handles errors, and knows what is not there' do
      expect(client.get('/trouble')).to have_attributes(status: 500, body: 'sorry: trouble in the tree')
      expect(client.get('/nowhere').status).to eq(404)
    end

    it 'mounts another app' do
      expect(client.get('/mounted/deep').body).to eq('/mounted /deep')
    end
  end
end
