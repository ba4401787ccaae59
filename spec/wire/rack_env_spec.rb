# frozen_string_literal: true

RSpec.describe 'The Rack env' do
  # Serves an application that keeps each env, and answers the env of one request.
  def env_of(bytes, **options)
    envs = Thread::Queue.new
    server = serve(lambda { |env|
      envs << env.dup
      [200, {}, ['seen']]
    }, **options)
    expect(connect(server).request(bytes, head_only: bytes.start_with?('HEAD')).status).to eq(200)
    envs.pop.merge('port' => server.port)
  end

  each_engine do
    it 'tells the request line' do
      env = env_of(raw('GET /a/b?c=d&e=%20 HTTP/1.1', 'Host: example.org:8080'))
      expect(env).to include('REQUEST_METHOD' => 'GET', 'SCRIPT_NAME' => '', 'PATH_INFO' => '/a/b',
                             'QUERY_STRING' => 'c=d&e=%20', 'SERVER_PROTOCOL' => 'HTTP/1.1')
    end

    it 'has an empty query string when there is none' do
      expect(env_of(raw('GET / HTTP/1.1', 'Host: a'))).to include('QUERY_STRING' => '', 'PATH_INFO' => '/')
    end

    it 'does not decode the path' do
      expect(env_of(raw('GET /a%2Fb%20c//d/../e HTTP/1.1', 'Host: a'))).to include('PATH_INFO' => '/a%2Fb%20c//d/../e')
    end

    it 'tells the server by the Host field' do
      env = env_of(raw('GET / HTTP/1.1', 'Host: example.org:8080'))
      expect(env).to include('SERVER_NAME' => 'example.org', 'SERVER_PORT' => '8080', 'HTTP_HOST' => 'example.org:8080')
    end

    it 'tells the server by the listener when there is no port, or no Host' do
      env = env_of(raw('GET / HTTP/1.0'))
      expect(env).to include('SERVER_PORT' => env['port'].to_s, 'SERVER_NAME' => '127.0.0.1',
                             'SERVER_PROTOCOL' => 'HTTP/1.0')
      expect(env).not_to include('HTTP_HOST')
    end

    it 'tells an IPv6 host' do
      expect(env_of(raw('GET / HTTP/1.1',
                        'Host: [::1]:81'))).to include('SERVER_NAME' => '[::1]', 'SERVER_PORT' => '81')
    end

    it 'goes by the authority of a target in absolute form' do
      env = env_of(raw('GET http://example.org:81/path?q HTTP/1.1', 'Host: other'))
      expect(env).to include('PATH_INFO' => '/path', 'QUERY_STRING' => 'q', 'SERVER_NAME' => 'example.org',
                             'SERVER_PORT' => '81')
    end

    it 'tells the client and the scheme' do
      expect(env_of(raw('GET / HTTP/1.1',
                        'Host: a'))).to include('REMOTE_ADDR' => '127.0.0.1', 'rack.url_scheme' => 'http')
    end

    it 'has fields in the form of Rack' do
      env = env_of(raw('GET / HTTP/1.1', 'Host: a', 'x-lower: 1', 'X-UPPER: 2', 'Accept:*/*', "X-Space: \t a b \t ",
                       'X-Empty:'))
      expect(env).to include('HTTP_X_LOWER' => '1', 'HTTP_X_UPPER' => '2', 'HTTP_ACCEPT' => '*/*',
                             'HTTP_X_SPACE' => 'a b', 'HTTP_X_EMPTY' => '')
    end

    it 'has Content-Type and Content-Length without prefix' do
      env = env_of(raw('POST / HTTP/1.1', 'Host: a', 'Content-Type: text/x', 'Content-Length: 2', body: 'ab'))
      expect(env).to include('CONTENT_TYPE' => 'text/x', 'CONTENT_LENGTH' => '2')
      expect(env).not_to include('HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH')
    end

    it 'joins repeated fields with commas, and cookies with semicolons' do
      env = env_of(raw('GET / HTTP/1.1', 'Host: a', 'X-List: 1', 'Cookie: a=1', 'x-list: 2', 'COOKIE: b=2',
                       'X-List: 3'))
      expect(env).to include('HTTP_X_LIST' => '1, 2, 3', 'HTTP_COOKIE' => 'a=1; b=2')
    end

    it 'drops fields with an underscore, which would shadow a dash' do
      env = env_of(raw('GET / HTTP/1.1', 'Host: a', 'X_Forwarded_For: evil', 'X-Real: good', 'X_Real: evil',
                       'Content_Length: 5'))
      expect(env).to include('HTTP_X_REAL' => 'good')
      expect(env.keys.grep(/FORWARDED/)).to be_empty
      expect(env['CONTENT_LENGTH']).to be_nil
    end

    it 'has fields with an underscore where they are allowed, but for those that frame a message' do
      fields = ['X_Forwarded_For: b', 'X-Real: c', 'X_Real: d', 'Content_Length: 5', 'content_type: e',
                'Transfer_Encoding: f']
      server = serve(->(env) { [200, {}, [env.slice(*env.keys.grep(/REAL|FORWARDED|CONTENT|TRANSFER/)).sort.inspect]] },
                     allow_underscore_headers: true)
      expect(connect(server).request(raw('GET / HTTP/1.1', 'Host: a', *fields)).body)
        .to eq([%w[HTTP_X_FORWARDED_FOR b], ['HTTP_X_REAL', 'c, d']].inspect)
    end

    it 'passes unknown methods on' do
      %w[TRACE PROPFIND M-SEARCH get !#$%&'*+.^_`|~].each do |method|
        expect(env_of(raw("#{method} / HTTP/1.1", 'Host: a'))).to include('REQUEST_METHOD' => method)
      end
    end

    it 'tells the protocol as HTTP_VERSION, too, before Rack 3.1, whatever a field Version says' do
      older = Gem::Version.new(Rack.release) < Gem::Version.new('3.1')
      env = env_of(raw('GET / HTTP/1.0', 'Version: 3'))
      expect(env).to include('SERVER_PROTOCOL' => 'HTTP/1.0', 'HTTP_VERSION' => older ? 'HTTP/1.0' : '3')
    end

    it 'tells the asterisk of OPTIONS, in PATH_INFO where Rack allows it' do
      path = Gem::Version.new(Rack.release) < Gem::Version.new('3.1') ? '' : '*'
      expect(env_of(raw('OPTIONS * HTTP/1.1', 'Host: a'))).to include('PATH_INFO' => path, 'REQUEST_URI' => '*',
                                                                      'REQUEST_METHOD' => 'OPTIONS')
    end

    it 'has bytes above ASCII as they came' do
      env = env_of("GET / HTTP/1.1\r\nHost: a\r\nX-Umlaut: gr\xC3\xBCn\xFF\r\n\r\n".b)
      expect(env['HTTP_X_UMLAUT'].b).to eq("gr\xC3\xBCn\xFF".b)
    end

    it 'has what Rack asks a server for' do
      env = env_of(raw('GET / HTTP/1.1', 'Host: a'))
      expect(env['rack.errors']).to respond_to(:puts, :write, :flush)
      expect(env).to include('SERVER_SOFTWARE' => a_string_starting_with('hyperion'))
      expect(env.fetch('rack.hijack?')).to be(true)
    end

    it 'has rack.input with every request before Rack 3.1, and since then with a body' do
      always = Gem::Version.new(Rack.release) < Gem::Version.new('3.1')
      expect(env_of(raw('GET / HTTP/1.1', 'Host: a')).key?('rack.input')).to be(always)
      expect(env_of(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 2', body: 'ab'))).to include('rack.input')
    end

    it 'has the path as it came, also by the names that Puma has for it' do
      expect(env_of(raw('GET /a%20b?c HTTP/1.1', 'Host: a')))
        .to include('PATH_INFO' => '/a%20b', 'REQUEST_PATH' => '/a%20b', 'REQUEST_URI' => '/a%20b?c')
    end

    it 'is the request\'s own, and may be changed' do
      server = serve(lambda { |env|
        found = [env['mine'], env['PATH_INFO'], env['QUERY_STRING'], env['HTTP_X']].inspect
        env['mine'] = 'left over'
        %w[PATH_INFO QUERY_STRING HTTP_X REQUEST_METHOD SERVER_NAME].each { |key|
          env[key] << ' changed' unless env[key].frozen?
        }
        env.delete('SERVER_PORT')
        [200, {}, [found]]
      }, lint: false)
      client = connect(server)
      answers = Array.new(3) { client.get('/p?q', 'X: y').body }

      expect(answers).to all(eq('[nil, "/p", "q", "y"]'))
    end

    it 'has what its request says, whatever requests before it were like' do
      said = /\A(?:HTTP|CONTENT|REQUEST|PATH|QUERY)_/
      server = serve(->(env) { [200, {}, [env.slice(*env.keys.grep(said)).inspect]] }, thread_count: 1)
      client = connect(server)
      forms = Array.new(24) { |form| Array.new(form) { |number| "X-#{form}-#{number}" } } + [%w[X-A X-B], %w[X-B X-A]]
      rounds = 3.times.flat_map { |round| forms.flat_map { |names| [[names, round]] * (round + 1) } }

      rounds.each_with_index do |(names, round), count|
        GC.compact if GC.respond_to?(:compact) && (count % 40).zero?
        fields = names.to_h { |name| [name, "#{name} in #{round} at #{count}"] }
        body = client.get("/#{count}", *fields.map { |field| field.join(': ') }).body
        expect(body).to eq({ 'REQUEST_METHOD' => 'GET', 'PATH_INFO' => "/#{count}", 'QUERY_STRING' => '',
                             'REQUEST_PATH' => "/#{count}", 'REQUEST_URI' => "/#{count}",
                             **fields.transform_keys { |name| "HTTP_#{name.tr('-', '_')}" },
                             'HTTP_HOST' => 'localhost' }.inspect)
      end
    end

    it 'has what its request says, also when others like it had more or less' do
      server = serve(->(env) { [200, {}, [env.values_at('HTTP_X', 'CONTENT_LENGTH', 'SERVER_PORT').inspect]] })
      client = connect(server)
      answers = 3.times.flat_map do
        [client.get('/', 'X: 1'), client.get('/', 'X: 2', host: 'localhost:81'), client.get('/', 'X: 3', 'X: 4'),
         client.request(raw('POST / HTTP/1.1', 'Host: a:82', 'Content-Length: 2', 'X: 5', body: 'ab'))]
      end
      expect(answers.map(&:body).uniq)
        .to eq(['["1", nil, "80"]', '["2", nil, "81"]', '["3, 4", nil, "80"]', '["5", "2", "82"]'])
    end

    it 'outlives its request' do
      envs = Thread::Queue.new
      server = serve(lambda { |env|
        envs << env
        [200, {}, []]
      })
      client = connect(server)
      20.times { |number| client.get("/#{number}?q#{number}", "X-Number: #{number}") }
      GC.start
      kept = Array.new(20) { envs.pop }

      expect(kept.map { |env| env.values_at('PATH_INFO', 'QUERY_STRING', 'HTTP_X_NUMBER') })
        .to eq((0...20).map { |number| ["/#{number}", "q#{number}", number.to_s] })
    end
  end
end
