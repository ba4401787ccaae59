# frozen_string_literal: true

RSpec.describe 'Requests side by side' do
  before { static_route('/static', 'static') }

  def get_of(target)
    raw("GET #{target} HTTP/1.1", 'Host: a')
  end

  each_engine do
    it 'run in as many threads as there are' do
      held = gate
      server = serve(->(_env) { held.pass([200, {}, [Thread.current.object_id.to_s]]) }, thread_count: 4)
      waiting = Array.new(4) { connect(server).write(get_of('/')) }

      expect(held.await(4).uniq.size).to eq(4)
      held.open
      expect(waiting.map { |client| client.response.body }.uniq.size).to eq(4)
    end

    it 'do not wait for one that is held while threads are free' do
      held = gate
      server = serve(lambda { |env|
        held.pass if env['PATH_INFO'] == '/held'
        [200, {}, ['done']]
      }, thread_count: 2)
      stuck = connect(server).write(get_of('/held'))
      held.await
      others = Array.new(20) { get(server, '/', 'Connection: close').body }

      expect(others).to all(eq('done'))
      held.open
      expect(stuck.response.body).to eq('done')
    end

    # Between two requests a connection may be closed to make room, whatever its client is about to send.
    def made_room?(client)
      client.get('/').closes?
    rescue RawClient::Ended => e
      e.bytes.empty?
    end

    it 'on busy connections do not keep others from being served' do
      server = serve(thread_count: 2)
      finished = false
      busy = Array.new(2) { connect(server).tap { |client| client.get('/') } }
      asking = busy.map { |client| Thread.new { nil until finished || made_room?(client) } }

      expect(Array.new(3) { get(server, '/').body }).to eq(['hello'] * 3)
    ensure
      finished = true
      asking.each(&:join)
    end

    it 'each get their own answer' do
      server = serve(lambda { |env|
        Thread.pass
        [200, { 'x-number' => env['HTTP_X_NUMBER'] }, [env['QUERY_STRING'], env['rack.input'].read]]
      }, thread_count: 4)
      threads = Array.new(4) do |thread|
        client = connect(server)
        Thread.new do
          (0...100).reject do |number|
            tag = "#{thread}-#{number}"
            response = client.request(raw("POST /?#{tag} HTTP/1.1", 'Host: a', "X-Number: #{tag}",
                                          "Content-Length: #{tag.bytesize}", body: tag))
            response['x-number'] == tag && response.body == tag + tag
          end
        end
      end

      expect(threads.flat_map(&:value)).to be_empty
    end
  end

  each_c_loop do
    it 'wait in order when all threads are held' do
      held = gate
      order = Thread::Queue.new
      server = serve(lambda { |env|
        order << env['PATH_INFO']
        held.pass([200, {}, []])
      }, thread_count: 1)
      waiting = Array.new(10) do |number|
        connect(server).write(get_of("/#{number}")).tap do
          eventually { expect(server.server.stats[:app_requests]).to eq(number + 1) }
        end
      end
      held.open
      waiting.each(&:response)

      expect(Array.new(10) { order.pop }).to eq((0...10).map { |number| "/#{number}" })
    end

    it 'for a static route are answered while every worker sleeps' do
      held = gate
      server = serve(->(_env) { held.pass([200, {}, []]) }, thread_count: 2)
      2.times { connect(server).write(get_of('/')) }
      held.await(2)
      client = connect(server)
      client.get('/static')

      expect(Array.new(50) { seconds { client.get('/static') } }.min).to be < 0.01
    end

    # The client is a process of its own: here it would have to wait for the GVL.
    it 'for a static route are answered while every worker computes' do
      done = Thread::Queue.new
      server = serve(lambda { |_env|
        nil while done.empty?
        [200, {}, []]
      }, thread_count: 2)
      script = <<~RUBY
        require 'socket'
        busy = Array.new(2) { Socket.tcp('127.0.0.1', #{server.port}).tap { |s| s.write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n") } }
        client = Socket.tcp('127.0.0.1', #{server.port})
        times = Array.new(50) do
          from = Process.clock_gettime(Process::CLOCK_MONOTONIC)
          client.write("GET /static HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
          client.readpartial(1000)
          Process.clock_gettime(Process::CLOCK_MONOTONIC) - from
        end
        puts "fastest \#{times.min}, first quarter \#{times.sort[12]}"
      RUBY
      process = start_process(RbConfig.ruby, '-e', script)
      process.wait(within: 30)
      done << true

      expect(process.stdout[/fastest ([\d.e-]+)/, 1].to_f).to be < 0.01
      expect(process.stdout[/quarter ([\d.e-]+)/, 1].to_f).to be < 0.05
    end

    it 'for the application are answered while one worker computes' do
      done = Thread::Queue.new
      server = serve(lambda { |env|
        nil while env['PATH_INFO'] == '/spin' && done.empty?
        [200, {}, ['done']]
      }, thread_count: 2)
      spinning = connect(server).write(get_of('/spin'))
      eventually { expect(server.server.stats[:app_requests]).to eq(1) }

      expect(get(server, '/').body).to eq('done')
      done << true
      expect(spinning.response.body).to eq('done')
    end

    # How long each of 20 requests takes beside one for /spin, asked by a process of its own.
    def seconds_beside_one_that_computes(server)
      script = <<~RUBY
        require 'socket'
        busy = Socket.tcp('127.0.0.1', #{server.port})
        busy.write("GET /spin HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
        client = Socket.tcp('127.0.0.1', #{server.port})
        times = Array.new(20) do
          from = Process.clock_gettime(Process::CLOCK_MONOTONIC)
          client.write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
          client.readpartial(1000)
          Process.clock_gettime(Process::CLOCK_MONOTONIC) - from
        end
        puts times.join(' ')
      RUBY
      process = start_process(RbConfig.ruby, '-e', script)
      process.wait(within: 60)
      process.stdout.split.map(&:to_f)
    end

    {
      'workers' => {}, 'workers that have fibers' => { fiber_scheduler: -> { TinyScheduler.new } }
    }.each do |kind, options|
      it "for the application do not wait for a time slice of Ruby while one of several #{kind} computes" do
        skip 'before Ruby 3.3 nothing can ask a thread to let others run' if RUBY_VERSION < '3.3'
        done = Thread::Queue.new
        server = serve(lambda { |env|
          nil while env['PATH_INFO'] == '/spin' && done.empty?
          [200, {}, ['done']]
        }, thread_count: 3, **options)

        times = seconds_beside_one_that_computes(server)
        done << true

        expect(times.sort[10]).to be < 0.05
      end
    end

    it 'for the application do not keep one that computes from its time-out' do
      failed = Thread::Queue.new
      server = serve(lambda { |env|
        begin
          Timeout.timeout(0.3) { nil while failed.empty? } if env['PATH_INFO'] == '/spin'
        rescue Timeout::Error => e
          failed << e.class
        end
        [200, {}, ['done']]
      }, thread_count: 3)
      spinning = connect(server).write(get_of('/spin'))
      get(server, '/') while failed.empty?

      expect(spinning.response.body).to eq('done')
      expect(failed.pop).to eq(Timeout::Error)
    end

    # All at once, of which each connection has one at a time; by a process of its own, which here would share the GVL.
    def ask_by_many(server, connections:, requests:)
      script = <<~RUBY
        require 'socket'
        sockets = Array.new(#{connections}) { Socket.tcp('127.0.0.1', #{server.port}) }
        request = "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"
        last = request.sub("\\r\\n\\r\\n", "\\r\\nConnection: close\\r\\n\\r\\n")
        sockets.each { |socket| socket.write(request * #{requests - 1} + last) }
        puts sockets.sum { |socket| socket.read.scan('HTTP/1.1 200').size }
      RUBY
      process = start_process(RbConfig.ruby, '-e', script)
      process.wait(within: 60)
      Integer(process.stdout)
    end

    it 'that do not block stay with one worker while others idle' do
      skip 'before Ruby 3.2 nothing tells whether a worker runs' if RUBY_VERSION < '3.2'
      served_by = []
      app = lambda { |_env|
        served_by << Thread.current
        [200, {}, []]
      }
      answers = ask_by_many(serve(app, thread_count: 4, loops: 2), connections: 20, requests: 200)
      turns = served_by.each_cons(2).count { |one, next_one| one != next_one }

      expect(answers).to eq(4000)
      expect(turns).to be < 400
    end

    it 'do not wait for bytes of a body that is streamed' do
      body = told_body
      server = serve(->(env) { [200, {}, env['PATH_INFO'] == '/stream' ? body : ['done']] }, thread_count: 2)
      stream = connect(server).write(get_of('/stream'))
      body.tell('first')
      stream.more?

      expect(get(server, '/').body).to eq('done')
      body.finish
      expect(stream.response.body).to eq('first')
    end

    it 'are many, on many connections' do
      server = serve(->(env) { [200, {}, [env['QUERY_STRING']]] }, thread_count: 3)
      many = Array.new(300) { connect(server) }
      3.times do |round|
        many.each_with_index { |client, number| client.write(get_of("/?#{round}-#{number}") + get_of('/static')) }
        bodies = many.map { |client| client.responses(2).map(&:body) }
        expect(bodies).to eq((0...300).map { |number| ["#{round}-#{number}", 'static'] })
      end
    end

    it 'are served by several loops' do
      server = serve(->(env) { [200, {}, [env['QUERY_STRING']]] }, loops: 3)
      answers = (0...60).map { |number| get(server, "/?#{number}").body }

      expect(answers).to eq((0...60).map(&:to_s))
      expect(server.server.stats[:loops].size).to eq(3)
      expect(server.server.stats[:loops].count { |counters| counters[:accepted].positive? }).to be >= 2
    end
  end
end
