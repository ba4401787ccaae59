# frozen_string_literal: true

RSpec.describe 'What an application leaves in its thread' do
  # Answers what it finds, and leaves more.
  def leaving
    lambda do |_env|
      thread = Thread.current
      found = [thread[:user], thread.thread_variable_get(:tenant), thread[:__own], thread.thread_variable_get(:__cache)]
      thread[:user] = thread[:__own] = 'me'
      thread.thread_variable_set(:tenant, 'mine')
      thread.thread_variable_set(:__cache, 'kept')
      [200, {}, [found.map { |value| value || 'none' }.join(' ')]]
    end
  end

  each_engine do
    it 'is there for the next request unless configured' do
      server = serve(leaving, thread_count: 1)
      client = connect(server)

      expect(Array.new(2) { client.get('/').body }).to eq(['none none none none', 'me mine me kept'])
    end

    it 'is cleared with clean_thread_locals, but for names with two underscores' do
      server = serve(leaving, thread_count: 1, clean_thread_locals: true)
      client = connect(server)

      expect(Array.new(3) { client.get('/').body })
        .to eq(['none none none none', 'none none me kept', 'none none me kept'])
    end

    it 'is cleared after a request that has failed, and is there until its body is closed' do
      seen = Thread::Queue.new
      body = Class.new do
        define_method(:each) { |&block| block.call(Thread.current[:user]) }
        define_method(:close) { seen << Thread.current[:user] }
      end
      server = serve(lambda { |env|
        found = Thread.current[:user] || 'none'
        Thread.current[:user] = 'me'
        raise 'broken' if env['PATH_INFO'] == '/fail'

        [200, { 'x-found' => found }, body.new]
      }, thread_count: 1, clean_thread_locals: true)

      expect(get(server, '/fail').status).to eq(500)
      response = get(server, '/')
      expect([response['x-found'], response.body, seen.pop]).to eq(%w[none me me])
    end
  end
end
