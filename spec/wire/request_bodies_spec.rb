# frozen_string_literal: true

RSpec.describe 'Request bodies' do
  let(:echo) { ->(env) { [200, {}, [env['rack.input']&.read.to_s]] } }

  def content_of(input)
    input.read
  rescue IOError
    nil
  end

  def post(body, *fields)
    raw('POST / HTTP/1.1', 'Host: a', "Content-Length: #{body.bytesize}", *fields, body: body)
  end

  def post_chunks(*chunks)
    body = chunks.map { |chunk| "#{chunk.bytesize.to_s(16)}\r\n".b + chunk.b + "\r\n".b }.join
    raw('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked', body: "#{body}0\r\n\r\n".b)
  end

  each_engine do
    it 'arrive by length, at every size' do
      client = connect(serve(echo))
      random = Random.new(2)
      [0, 1, 2, 1023, 16_384, 65_535, 65_536, 65_537, 131_072, 131_073, 1_000_000].each do |size|
        body = random.bytes(size)
        expect(client.request(post(body)).body).to eq(body), "#{size} bytes"
      end
    end

    it 'arrive by chunks, at every size' do
      client = connect(serve(echo))
      random = Random.new(3)
      [[1], [1, 1, 1], [16, 255, 256], [65_536, 1, 65_536], [300_000, 300_000]].each do |sizes|
        chunks = sizes.map { |size| random.bytes(size) }
        expect(client.request(post_chunks(*chunks)).body).to eq(chunks.join), "#{sizes} bytes"
      end
    end

    it 'by chunks have neither length nor coding for the application' do
      envs = Thread::Queue.new
      app = lambda { |env|
        envs << env.dup
        [200, {}, [env['rack.input'].read]]
      }
      expect(connect(serve(app)).request(post_chunks('abc')).body).to eq('abc')
      expect(envs.pop['CONTENT_LENGTH']).to be_nil.or eq('3')
    end

    it 'arrive byte by byte' do
      client = connect(serve(echo))
      client.write_each_byte(post('hello world')).write_each_byte(post_chunks('some', 'more chunks'))

      expect(client.responses(2).map(&:body)).to eq(['hello world', 'somemore chunks'])
    end

    it 'end where the next request begins' do
      client = connect(serve(echo))
      client.write(post('one') + post_chunks('two', 'too') + raw('GET / HTTP/1.1', 'Host: a') + post('three'))

      expect(client.responses(4).map(&:body)).to eq(['one', 'twotoo', '', 'three'])
    end

    it 'with trailers are read to their end' do
      client = connect(serve(echo))
      client.write("#{post_chunks('abc').delete_suffix("\r\n")}X-Sum: 1\r\nX-Other: 2\r\n\r\n" + post('next'))

      expect(client.responses(2).map(&:body)).to eq(%w[abc next])
    end

    it 'that the application leaves unread do not disturb the next request' do
      client = connect(serve)
      client.write(post('GET /smuggled HTTP/1.1') + post('x' * 300_000) + raw('GET / HTTP/1.1', 'Host: a'))

      expect(client.responses(3).map(&:body)).to eq(%w[hello hello hello])
    end

    it 'are nil or empty when there is none' do
      inputs = Thread::Queue.new
      server = serve(lambda { |env|
        inputs << env['rack.input']&.read
        [200, {}, []]
      })
      get(server, '/')
      expect(inputs.pop.to_s).to eq('')
    end

    it 'are read as Rack\'s rack.input says' do
      found = Thread::Queue.new
      server = serve(lambda { |env|
        input = env['rack.input']
        buffer = +'old'
        found << [input.read(3), input.read(0), input.gets, input.read(4, buffer), buffer.dup, input.read, input.read,
                  input.read(1), input.gets]
        [200, {}, []]
      })
      connect(server).request(post("abcdef\nghijkl\nmno"))

      expect(found.pop).to eq(['abc', '', "def\n", 'ghij', 'ghij', "kl\nmno", '', nil, nil])
    end

    it 'are iterated by line' do
      found = Thread::Queue.new
      server = serve(lambda { |env|
        lines = []
        env['rack.input'].each { |line| lines << line }
        found << lines
        [200, {}, []]
      })
      connect(server).request(post("one\ntwo\n\nthree"))

      expect(found.pop).to eq(["one\n", "two\n", "\n", 'three'])
    end

    it 'are binary Strings' do
      found = Thread::Queue.new
      server = serve(lambda { |env|
        input = env['rack.input']
        found << [input.read(2), input.gets, input.read].map(&:encoding)
        [200, {}, []]
      })
      connect(server).request(post("gr\xC3\xBCn\nand more"))

      expect(found.pop).to all(eq(Encoding::BINARY))
    end

    it 'may be read after the request has ended' do
      inputs = Thread::Queue.new
      server = serve(lambda { |env|
        inputs << env['rack.input']
        [200, {}, []]
      }, lint: false)
      client = connect(server)
      bodies = Array.new(20) { |number| "body #{number} " * 100 }
      bodies.each { |body| client.request(post(body)) }
      GC.start

      expect(bodies.map { inputs.pop.read }).to eq(bodies)
    end

    it 'in files are closed with the request, or whole' do
      inputs = Thread::Queue.new
      server = serve(lambda { |env|
        inputs << env['rack.input']
        [200, {}, []]
      }, lint: false, body_memory_bytes: 1)
      connect(server).request(post('in a file'))

      expect(content_of(inputs.pop)).to eq('in a file').or be_nil
    end

    it 'beyond the memory setting go to a file, and come back whole' do
      server = serve(echo, body_memory_bytes: 1000)
      body = Random.new(4).bytes(100_000)
      client = connect(server)

      expect(client.request(post(body)).body).to eq(body)
      expect(client.request(post_chunks(body, body)).body).to eq(body + body)
    end

    it 'leave no descriptor behind' do
      server = serve(echo, body_memory_bytes: 1000, thread_count: 2)
      client = connect(server)
      client.request(post('x' * 5_000))
      before = descriptors
      20.times { client.request(post('x' * 5_000)) }
      GC.start

      eventually { expect(descriptors).to be <= before + 2 } # the stack of a thread may still hold its last
    end
  end

  describe 'whose file cannot be made or written' do
    # Told with the error, and once.
    def expect_trouble(server, error)
      2.times do
        response = connect(server).request(post('x' * 5_000))
        expect([response.status, response['retry-after']]).to eq([503, '1'])
        expect(response).to be_closes
      end
      eventually { expect(log.complaints.map { |event| event.fields[:error_class] }.uniq).to eq([error]) }
      expect(log.complaints.first.fields[:message]).to eq('cannot keep a request body')
      expect(connect(server).request(post('short')).body).to eq('short')
    end

    each_engine do
      it 'are answered 503, and told to the log: no directory' do
        directory = Dir.mktmpdir
        server = serve(echo, body_memory_bytes: 1000, body_directory: directory)
        Dir.rmdir(directory)
        expect_trouble(server, 'Errno::ENOENT')
      end

      it 'are answered 503, and told to the log: a full disk' do
        skip 'needs to mount a file system' unless Process.uid.zero? && RUBY_PLATFORM.include?('linux')
        Dir.mktmpdir do |directory|
          skip 'cannot mount here' unless system('mount', '-t', 'tmpfs', '-o', 'size=4k', 'none', directory, err: File::NULL)
          begin
            expect_trouble(serve(echo, body_memory_bytes: 1000, body_directory: directory), 'Errno::ENOSPC')
            stop_servers
          ensure
            system('umount', '-l', directory)
          end
        end
      end
    end
  end

  each_c_loop do
    it 'are there before a worker is taken' do
      server = serve(echo, thread_count: 1)
      dribbling = connect(server).write(post('slow body').chop)

      expect(connect(server).request(post('quick')).body).to eq('quick')
      expect(dribbling.write('y').response.body).to eq('slow body')
    end
  end

  describe 'that the client offers first' do
    each_engine do
      it 'are asked for with 100, and then answered' do
        client = connect(serve(echo))
        client.write(post('', 'Expect: 100-continue').sub('Content-Length: 0', 'Content-Length: 5'))

        expect(client.response.head).to eq("HTTP/1.1 100 Continue\r\n\r\n")
        client.write('hello')
        expect(client.response).to have_attributes(status: 200, body: 'hello')
        expect(client.request(post('next')).body).to eq('next')
      end

      it 'by chunks are asked for with 100, too' do
        client = connect(serve(echo))
        client.write(raw('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked', 'Expect: 100-CONTINUE'))

        expect(client.response.status).to eq(100)
        expect(client.write("3\r\nabc\r\n0\r\n\r\n").response.body).to eq('abc')
      end

      it 'are not asked for when they are there already' do
        response = connect(serve(echo)).request(post('hello', 'Expect: 100-continue'))
        expect(response).to have_attributes(status: 200, body: 'hello')
      end

      it 'are not asked for when there is none' do
        response = connect(serve(echo)).request(raw('GET / HTTP/1.1', 'Host: a', 'Expect: 100-continue'))
        expect(response.status).to eq(200)
      end

      it 'are not asked for from an HTTP/1.0 client' do
        client = connect(serve(echo))
        client.write(raw('POST / HTTP/1.0', 'Content-Length: 3', 'Expect: 100-continue'))
        expect(client.write('abc').response).to have_attributes(status: 200, body: 'abc')
      end

      it 'are refused at once when they are over the limit' do
        client = connect(serve(echo, max_body_bytes: 10))
        client.write(raw('POST / HTTP/1.1', 'Host: a', 'Content-Length: 11', 'Expect: 100-continue'))

        expect(client.response.status).to eq(413)
        expect(client.close_write.ending).to eq(:eof)
      end

      it 'are refused with 417 when something else is expected' do
        response = connect(serve(echo)).request(raw('GET / HTTP/1.1', 'Host: a', 'Expect: a-miracle'))
        expect(response.status).to eq(417)
      end
    end
  end
end
