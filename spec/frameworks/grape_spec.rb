# frozen_string_literal: true

require 'grape'
require 'json'

# An API with parameters that are checked, and a file.
class GrapeApi < Grape::API
  format :json
  prefix :api
  rescue_from(ArgumentError) { |error| error!({ error: error.message }, 500) }

  get(:hello) { { hello: headers.transform_keys(&:downcase).fetch('x-name', 'world') } }
  get(:trouble) { raise ArgumentError, 'trouble in the API' }

  params do
    requires :text, type: String
    optional :count, type: Integer, default: 1
  end
  post(:notes) { { text: params[:text] * params[:count] } }

  params { requires :file, type: File }
  post(:files) { { name: params[:file][:filename], bytes: params[:file][:tempfile].size } }
end

RSpec.describe "Grape #{Grape::VERSION}" do
  require_relative 'support/visitor'

  each_engine do
    let(:port) { serve(GrapeApi).port }
    let(:client) { connect(port) }

    def post_json(target, **fields)
      body = JSON.generate(fields)
      client.request(raw("POST #{target} HTTP/1.1", 'Host: localhost', 'Content-Type: application/json',
                         "Content-Length: #{body.bytesize}", body: body))
    end

    it 'answers JSON' do
      expect(client.get('/api/hello', 'X-Name: Grape').body).to eq('{"hello":"Grape"}')
    end

    it 'takes parameters, and refuses those that are wrong' do
      expect(post_json('/api/notes', text: 'ab', count: 2)).to have_attributes(status: 201, body: '{"text":"abab"}')
      expect(post_json('/api/notes', count: 'many')).to have_attributes(status: 400, body: /text is missing/)
    end

    it 'takes a file' do
      visitor = Frameworks::Visitor.new(port)
      File.open(__FILE__, 'rb') do |file|
        answer = visitor.post_form('/api/files', file: file)
        expect(JSON.parse(answer.body)).to eq('name' => 'grape_spec.rb', 'bytes' => file.size)
      end
    ensure
      visitor&.close
    end

    it 'handles errors, and knows what is not there' do
      expect(client.get('/api/trouble')).to have_attributes(status: 500, body: '{"error":"trouble in the API"}')
      expect(client.get('/api/nowhere').status).to eq(404)
      expect(client.get('/api/hello', method: 'DELETE').status).to eq(405)
    end
  end
end
