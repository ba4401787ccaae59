# frozen_string_literal: true

RSpec.describe 'An application that raises' do
  def raising(error, message = 'app broke')
    lambda do |env|
      raise error, message if env['PATH_INFO'] == '/raise'

      [200, {}, ['fine']]
    end
  end

  def logged
    log.complaints.map(&:fields)
  end

  each_engine do
    it 'is answered 500 without a word of the error, which is logged once' do
      response = get(serve(raising(ArgumentError)), '/raise')

      expect(response).to have_attributes(status: 500, reason: 'Internal Server Error')
      expect(response.head + response.body).not_to include('app broke', 'ArgumentError')
      expect(logged).to contain_exactly(
        a_hash_including(error: 'app broke', error_class: 'ArgumentError', method: 'GET', path: '/raise')
      )
    end

    [StandardError, Class.new(StandardError), NotImplementedError, LoadError, NoMemoryError, SystemStackError, Timeout::Error,
     EOFError, Errno::EPIPE, Hyperion::Error].each do |error|
      it "with #{error.name || 'an anonymous class'} is answered 500, and served on" do
        server = serve(raising(error))

        expect(get(server, '/raise').status).to eq(500)
        expect(get(server, '/').body).to eq('fine')
        expect(logged.size).to eq(1)
      end
    end

    it 'with an endless recursion is answered 500, and served on' do
      recursion = ->(number) { recursion.call(number + 1) }
      server = serve(->(env) { env['PATH_INFO'] == '/deep' ? recursion.call(0) : [200, {}, ['fine']] })

      expect(get(server, '/deep').status).to eq(500)
      expect(get(server, '/').body).to eq('fine')
    end

    it 'with a message that is no text is logged, too' do
      error = StandardError.new("\xFF\x00\r\n".b)
      server = serve(->(_env) { raise error })

      expect(get(server, '/').status).to eq(500)
      expect(logged.size).to eq(1)
    end

    it 'with a message and a backtrace that raise is answered 500, served on, and logged by its class' do
      error = Class.new(StandardError) do
        def message = raise('no message')
        def backtrace = raise('no backtrace')
      end
      stub_const('Untold', error)
      server = serve(->(env) { env['PATH_INFO'] == '/raise' ? raise(error) : [200, {}, ['fine']] })
      client = connect(server).write("GET /raise HTTP/1.1\r\nHost: a\r\n\r\n")

      expect(client.response.status).to eq(500)
      expect(get(server, '/').body).to eq('fine')
      expect(logged).to contain_exactly(a_hash_including(error_class: 'Untold', path: '/raise'))
    end

    it 'is answered 500 when the log fails, too' do
      deaf = Class.new { def write(_line) = raise('disk full') }.new
      runtime = Hyperion::Runtime.new(logger: Hyperion::Logger.new(deaf))

      expect(get(serve(raising(ArgumentError), runtime: runtime), '/raise').status).to eq(500)
    end

    it 'again and again is answered each time, and every time is in the log, if only as withheld' do
      server = serve(raising(RuntimeError), thread_count: 2)
      answers = Array.new(50) { get(server, '/raise').status }

      expect(answers).to all(eq(500))
      server.stop
      told, flushed = log.complaints.map(&:fields).partition { |fields| fields.key?(:path) }
      expect(told.size).to be >= 20
      expect(told.size + (told + flushed).sum { |fields| fields.fetch(:withheld, 0) }).to eq(50)
    end

    it 'does not lose its worker to an exception that ends threads' do
      server = serve(lambda { |env|
        Thread.current.kill if env['PATH_INFO'] == '/kill'
        [200, {}, ['fine']]
      }, thread_count: 1)
      connect(server).write(raw('GET /kill HTTP/1.1', 'Host: a')).more?

      eventually { expect(get(server, '/').body).to eq('fine') }
    end

    it 'with throw that nobody catches is answered 500' do
      server = serve(->(env) { env['PATH_INFO'] == '/throw' ? throw(:nowhere) : [200, {}, ['fine']] }, thread_count: 1)

      expect(get(server, '/throw').status).to eq(500)
      expect(get(server, '/').body).to eq('fine')
    end
  end
end
