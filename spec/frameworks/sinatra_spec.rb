# frozen_string_literal: true

require 'json'
require 'sinatra/base'

# A page, a form with a file, a stream that is kept open, errors, and static files.
class SinatraApp < Sinatra::Base
  set :environment, :production
  set :host_authorization, {}
  set :show_exceptions, false
  set :dump_errors, false
  set :public_folder, File.expand_path('../../docs', __dir__)
  set :static, true
  enable :sessions
  set :session_secret, 'only for tests' * 8

  get('/') { erb '<h1><%= params.fetch(:title, "Sinatra") %></h1>' }
  get('/count') { (session[:count] = session.fetch(:count, 0) + 1).to_s }
  get('/trouble') { raise 'trouble in the route' }
  get('/halt') { halt 418, { 'x-why' => 'tea' }, 'short and stout' }
  get('/file') { send_file __FILE__, type: 'text/plain' }
  get('/stream') do
    stream { |out| 3.times { |number| out << "part #{number}\n" } }
  end

  post '/notes' do
    content_type :json
    file = params.fetch('file')
    JSON.generate(text: params.fetch('text'), name: file['filename'], bytes: file['tempfile'].read.bytesize)
  end

  error(RuntimeError) { [500, env['sinatra.error'].message] }
  not_found { 'not here' }
end

RSpec.describe "Sinatra #{Sinatra::VERSION}" do
  require_relative 'support/visitor'

  each_engine do
    let(:port) { serve(SinatraApp).port }
    let(:visitor) { Frameworks::Visitor.new(port) }

    after { visitor.close }

    it 'renders a template' do
      expect(visitor.get('/?title=Hello').body).to eq('<h1>Hello</h1>')
    end

    it 'keeps a session' do
      expect(Array.new(3) { visitor.get('/count').body }).to eq(%w[1 2 3])
    end

    it 'takes a form with a file' do
      File.open(__FILE__, 'rb') do |file|
        answer = visitor.post_form('/notes', text: 'Grüße', file: file)
        expect(JSON.parse(answer.body)).to eq('text' => 'Grüße', 'name' => 'sinatra_spec.rb', 'bytes' => file.size)
      end
    end

    it 'streams' do
      expect(visitor.get('/stream').body).to eq("part 0\npart 1\npart 2\n")
    end

    it 'sends files, whole, in part and not again' do
      whole = visitor.get('/file')
      expect(whole.body).to eq(File.binread(__FILE__))
      expect(visitor.get('/testing.md').body).to include('Testing')
      expect(connect(port).get('/file', 'Range: bytes=2-9').body).to eq(whole.body[2..9])
      expect(connect(port).get('/file', "If-Modified-Since: #{whole['last-modified']}").status).to eq(304)
    end

    it 'halts, fails, and knows what is not there' do
      expect(visitor.get('/halt')).to have_attributes(code: '418', body: 'short and stout')
      expect(visitor.get('/trouble')).to have_attributes(code: '500', body: 'trouble in the route')
      expect(visitor.get('/nowhere')).to have_attributes(code: '404', body: 'not here')
    end
  end
end
