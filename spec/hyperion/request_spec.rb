# frozen_string_literal: true

RSpec.describe Hyperion::Request do
  let(:request) do
    described_class.new(method: 'POST', path: '/notes', query_string: 'a=1', http_version: 'HTTP/1.1',
                        headers: { 'Content-Type' => 'text/plain', 'x-id' => '7' }, body: 'hello')
  end

  it 'tells what it was given' do
    expect(request).to have_attributes(method: 'POST', path: '/notes', query_string: 'a=1', http_version: 'HTTP/1.1',
                                       body: 'hello', peer_address: nil)
  end

  it 'finds a header in any case' do
    expect(request.header('content-type')).to eq('text/plain')
    expect(request.header('X-Id')).to eq('7')
    expect(request.header('cookie')).to be_nil
  end

  it 'is frozen, and so are its headers' do
    expect(request).to be_frozen
    expect(request.headers).to be_frozen
  end

  describe '.from_env' do
    let(:env) do
      { 'REQUEST_METHOD' => 'GET', 'PATH_INFO' => '/x', 'QUERY_STRING' => '', 'SERVER_PROTOCOL' => 'HTTP/1.0',
        'REMOTE_ADDR' => '127.0.0.9', 'HTTP_X_ID' => '7', 'CONTENT_TYPE' => 'text/plain', 'rack.errors' => $stderr }
    end
    let(:request) { described_class.from_env(env, body: 'hi') }

    it 'tells what the env says' do
      expect(request).to be_a(described_class)
      expect(request).to have_attributes(method: 'GET', path: '/x', query_string: nil, http_version: 'HTTP/1.0',
                                         peer_address: '127.0.0.9', body: 'hi')
    end

    it 'gives the fields their names on the wire' do
      expect(request.headers).to eq('x-id' => '7', 'content-type' => 'text/plain')
    end

    it 'finds a header in any case' do
      expect(request.header('X-ID')).to eq('7')
      expect(request.header('content-TYPE')).to eq('text/plain')
      expect(request.header('rack.errors')).to be_nil
    end
  end
end
