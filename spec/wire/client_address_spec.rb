# frozen_string_literal: true

require 'ipaddr'

RSpec.describe 'The address of a client' do
  let(:asked) { %w[REMOTE_ADDR SERVER_NAME SERVER_PORT rack.url_scheme HTTPS HTTP_HOST] }
  let(:proxies) { ['10.0.0.0/8', '127.0.0.0/8'] }

  # Serves an application that keeps what it is told of the client.
  def serve_asking(envs, **options)
    keys = asked
    serve(lambda { |env|
      envs << keys.to_h { |key| [key, env[key]] }
      [200, {}, ['seen']]
    }, **options)
  end

  # What an application is told of a request with these fields.
  def told(*fields, **options)
    envs = Thread::Queue.new
    client = connect(serve_asking(envs, **options))
    expect(client.get('/', *fields, host: 'inner:8080').status).to eq(200)
    envs.pop
  end

  each_engine do
    it 'is the peer\'s, whatever fields say, unless proxies are trusted' do
      expect(told('X-Forwarded-For: 1.2.3.4', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: a',
                  'Forwarded: for=1.2.3.4'))
        .to eq('REMOTE_ADDR' => '127.0.0.1', 'SERVER_NAME' => 'inner', 'SERVER_PORT' => '8080',
               'rack.url_scheme' => 'http', 'HTTPS' => nil, 'HTTP_HOST' => 'inner:8080')
    end

    it 'is the peer\'s when that is no trusted proxy' do
      expect(told('X-Forwarded-For: 1.2.3.4', trusted_proxies: ['10.0.0.0/8', 'unix:']))
        .to include('REMOTE_ADDR' => '127.0.0.1')
    end

    it 'is what trusted proxies say, from the right' do
      expect(told('X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.0.0.7', trusted_proxies: proxies))
        .to include('REMOTE_ADDR' => '1.2.3.4', 'rack.url_scheme' => 'http', 'SERVER_NAME' => 'inner')
      expect(told('Forwarded: for=6.6.6.6, for="[2001:db8::9]:81";proto=https', trusted_proxies: proxies))
        .to include('REMOTE_ADDR' => '2001:db8::9', 'rack.url_scheme' => 'https', 'HTTPS' => 'on')
    end

    it 'comes with the scheme, the host and the port that the client has asked for' do
      expect(told('X-Forwarded-For: 1.2.3.4', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: shop.example',
                  trusted_proxies: proxies))
        .to eq('REMOTE_ADDR' => '1.2.3.4', 'SERVER_NAME' => 'shop.example', 'SERVER_PORT' => '443',
               'rack.url_scheme' => 'https', 'HTTPS' => 'on', 'HTTP_HOST' => 'inner:8080')
      expect(told('X-Forwarded-Host: shop.example:444', 'X-Forwarded-Proto: https', trusted_proxies: proxies))
        .to include('SERVER_NAME' => 'shop.example', 'SERVER_PORT' => '444')
      expect(told('X-Forwarded-Port: 8443', 'X-Forwarded-Proto: https', trusted_proxies: proxies))
        .to include('SERVER_NAME' => 'inner', 'SERVER_PORT' => '8443')
    end

    it 'may have been asked for by https in the target where a trusted proxy passes that on' do
      envs = Thread::Queue.new
      client = connect(serve_asking(envs, trusted_proxies: proxies))
      request = raw('GET https://shop.example/ HTTP/1.1', 'Host: shop.example', 'X-Forwarded-Proto: https')
      expect(client.request(request).status).to eq(200)
      expect(envs.pop).to include('rack.url_scheme' => 'https', 'SERVER_NAME' => 'shop.example')

      untrusted = connect(serve_asking(envs, trusted_proxies: ['10.0.0.0/8']))
      expect(untrusted.request(request).status).to eq(421)
      expect(envs).to be_empty
    end

    it 'stays the peer\'s where fields are malformed' do
      expect(told('X-Forwarded-For: 1.2.3.4, <script>', 'X-Forwarded-Proto: gopher', 'X-Forwarded-Host: a b',
                  'X-Forwarded-Port: 99999', trusted_proxies: proxies))
        .to eq('REMOTE_ADDR' => '127.0.0.1', 'SERVER_NAME' => 'inner', 'SERVER_PORT' => '8080',
               'rack.url_scheme' => 'http', 'HTTPS' => nil, 'HTTP_HOST' => 'inner:8080')
    end

    it 'is what the PROXY protocol says, for all requests of the connection' do
      envs = Thread::Queue.new
      client = connect(serve_asking(envs, proxy_protocol: proxies))
      client.write("PROXY TCP4 1.2.3.4 5.6.7.8 80 443\r\n")
      2.times { expect(client.get('/').status).to eq(200) }
      expect([envs.pop, envs.pop]).to all(include('REMOTE_ADDR' => '1.2.3.4'))
    end

    it 'is what the binary PROXY protocol says, byte by byte' do
      envs = Thread::Queue.new
      client = connect(serve_asking(envs, proxy_protocol: proxies))
      header = "\r\n\r\n\0\r\nQUIT\n\x21\x21\x00\x29".b + IPAddr.new('2001:db8::1').hton + IPAddr.new('::1').hton +
               [80, 443].pack('n2') + "\x04\x00\x02ab".b
      client.write_each_byte(header)
      expect(client.get('/').status).to eq(200)
      expect(envs.pop).to include('REMOTE_ADDR' => '2001:db8::1')
    end

    it 'is the proxy\'s when that speaks for itself' do
      envs = Thread::Queue.new
      client = connect(serve_asking(envs, proxy_protocol: proxies))
      client.write("\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00".b)
      expect(client.get('/').status).to eq(200)
      expect(envs.pop).to include('REMOTE_ADDR' => '127.0.0.1')
    end

    it 'is refused from a proxy that does not tell it, and from who is no proxy' do
      behind = serve(proxy_protocol: proxies)
      expect(connect(behind).get('/').status).to eq(400)
      open = serve(proxy_protocol: ['10.0.0.0/8'])
      expect(connect(open).get('/').status).to eq(200)
      expect(connect(open).request("PROXY TCP4 1.2.3.4 5.6.7.8 80 443\r\n").status).to eq(400)
    end

    it 'is waited for no longer than for a head' do
      client = connect(serve(proxy_protocol: proxies, head_timeout: 0.2)).write('PROXY TCP4 1')
      expect(client.ending).to eq(:eof)
    end

    it 'follows a connection that is handed off' do
      envs = Thread::Queue.new
      client = connect(serve_asking(envs, proxy_protocol: proxies))
      client.write("PROXY TCP4 1.2.3.4 5.6.7.8 80 443\r\n")
      expect(client.get('/', 'Upgrade: other', 'Connection: upgrade').status).to eq(200)
      expect(client.get('/').status).to eq(200)
      expect([envs.pop, envs.pop]).to all(include('REMOTE_ADDR' => '1.2.3.4'))
    end

    it 'is trusted of the client that the PROXY protocol names, not of the peer' do
      envs = Thread::Queue.new
      client = connect(serve_asking(envs, proxy_protocol: proxies, trusted_proxies: proxies))
      client.write("PROXY TCP4 1.2.3.4 5.6.7.8 80 443\r\n")
      expect(client.get('/', 'X-Forwarded-For: 9.9.9.9').status).to eq(200)
      expect(envs.pop).to include('REMOTE_ADDR' => '1.2.3.4')
    end
  end

  it 'is told by the proxy at the other end of a unix socket only when such are trusted' do
    [[['unix:'], '1.2.3.4'], [['::/0', '0.0.0.0/0'], '127.0.0.1']].each do |trusted, expected|
      envs = Thread::Queue.new
      app = lambda do |env|
        envs << env['REMOTE_ADDR']
        [200, {}, []]
      end
      ours, theirs = UNIXSocket.pair
      theirs.write(raw('GET / HTTP/1.1', 'Host: a', 'X-Forwarded-For: 1.2.3.4', 'Connection: close'))
      Hyperion::Connection.new(trusted_proxies: Hyperion::Http::Networks.new(trusted)).serve(ours, app)
      expect(envs.pop).to eq(expected)
      theirs.close
    end
  end
end
