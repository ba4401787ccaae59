# frozen_string_literal: true

require 'async'
require 'async/barrier'
require 'async/semaphore'
require 'async/queue'

# Applications made of Async's tasks, under the setting that is for them.
RSpec.describe "Async #{Async::VERSION}" do
  def serve_async(app, **options)
    serve(app, lint: false, fiber_scheduler: -> { Async::Scheduler.new }, **options)
  end

  # A worker that has died is replaced, and what it did not answer is answered by another.
  after { expect(log.complaints.map { |event| event.fields[:message] } - ['application error']).to be_empty }

  def get_of(target)
    raw("GET #{target} HTTP/1.1", 'Host: a')
  end

  each_engine(Engine::OWN) do
    it 'runs tasks side by side within a request' do
      server = serve_async(lambda { |_env|
        tasks = Array.new(10) { |number| Async { sleep(0.05) && number } }
        [200, {}, [tasks.map(&:wait).sum.to_s]]
      })
      client = connect(server)
      expect(client.get('/').body).to eq('45')
      expect(Array.new(3) { seconds { client.get('/') } }.min).to be < 0.4
    end

    it 'has its barriers, semaphores and queues' do
      server = serve_async(lambda { |_env|
        queue = Async::Queue.new
        barrier = Async::Barrier.new
        semaphore = Async::Semaphore.new(2, parent: barrier)
        5.times { |number| semaphore.async { queue << number } }
        barrier.wait
        [200, {}, [Array.new(5) { queue.dequeue }.sort.join]]
      })
      expect(get(server, '/').body).to eq('01234')
    end

    it 'ends what a request has timed out' do
      server = serve_async(lambda { |_env|
        begin
          Async::Task.current.with_timeout(0.02) { sleep 10 }
        rescue Async::TimeoutError
          [200, {}, ['timed out']]
        end
      })
      expect(get(server, '/').body).to eq('timed out')
    end

    it 'answers 500 for a task that fails, and goes on' do
      server = serve_async(lambda { |env|
        Async { |task| task.async { raise 'broken' }.wait }.wait if env['PATH_INFO'] == '/fail'
        [200, {}, ['fine']]
      })
      expect(get(server, '/fail').status).to eq(500)
      expect(get(server, '/').body).to eq('fine')
    end

    it 'lets a server end' do
      server = serve_async(Servers::HELLO)
      get(server, '/')
      expect(seconds { server.stop }).to be < 1.5
    end
  end

  each_c_loop do
    it 'has many requests of one thread under way at once' do
      server = serve_async(lambda { |env|
        sleep 0.2
        [200, {}, [env['QUERY_STRING']]]
      }, thread_count: 1)
      waiting = Array.new(50) { |number| connect(server).write(get_of("/?#{number}")) }
      took = seconds { expect(waiting.map { |client| client.response.body }).to eq((0...50).map(&:to_s)) }

      expect(took).to be < 50 * 0.2 / 3
    end

    it 'streams what tasks bring' do
      server = serve_async(lambda { |_env|
        queue = Async::Queue.new
        Async do
          3.times { |number| queue << "part #{number}\n" if sleep(0.01) }
          queue << nil
        end
        [200, {}, Enumerator.new { |pieces| while (piece = queue.dequeue) do pieces << piece end }]
      }, thread_count: 1)
      expect(get(server, '/').body).to eq("part 0\npart 1\npart 2\n")
    end

    it 'reads sockets without holding others up' do
      listener = TCPServer.new('127.0.0.1', 0)
      server = serve_async(lambda { |env|
        next [200, {}, ['quick']] if env['PATH_INFO'] == '/quick'

        TCPSocket.open('127.0.0.1', listener.local_address.ip_port) { |socket| [200, {}, [socket.read]] }
      }, thread_count: 1)
      waiting = connect(server).write(get_of('/upstream'))
      upstream = listener.accept
      expect(get(server, '/quick').body).to eq('quick')
      upstream.write('from upstream')
      upstream.close

      expect(waiting.response.body).to eq('from upstream')
    ensure
      listener.close
    end
  end
end
