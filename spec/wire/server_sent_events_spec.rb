# frozen_string_literal: true

# A crowd that listens for as long as the application has something to say.
RSpec.describe 'Server-Sent Events to 500 clients' do
  audience = 500
  type = { 'content-type' => 'text/event-stream' }.freeze

  # Answers /events with these headers and this body, and other paths at once.
  def app(headers, body = [])
    ->(env) { env['PATH_INFO'] == '/events' ? [200, headers, body] : [200, {}, ['ok']] }
  end

  def listen(server, count)
    Array.new(count) { connect(server).write(raw('GET /events HTTP/1.1', 'Host: a')) }
  end

  def gather(queue, count)
    patiently { Array.new(count) { queue.pop } }
  end

  def tell(outputs, what)
    outputs.each { |output| output.write("data: #{what}\r\n\r\n") }
  end

  # The line of the next event; lines of the head, empty ones and sizes of chunks are passed over.
  def next_event(client)
    line = client.take_line until line&.start_with?('data')
    line
  end

  each_engine do
    it 'hold no thread each where the application hijacks, and do not hold a stop' do
      hijacked = Thread::Queue.new
      server = serve(app({ **type, 'rack.hijack' => ->(io) { hijacked << io } }), thread_count: 2, shutdown_timeout: 60)
      expect(get(server, '/').body).to eq('ok')
      threads = Thread.list.size
      clients = listen(server, audience)
      outputs = gather(hijacked, audience)
      eventually { expect(Thread.list.size).to be <= threads } # a connection's own thread may be about to end
      expect(get(server, '/').body).to eq('ok')

      %w[1 2].each do |what|
        tell(outputs, what)
        expect(clients.map { |client| next_event(client) }.uniq).to eq(["data: #{what}"])
      end
      expect(seconds { server.stop }).to be_at_once
      tell(outputs, 'after')
      expect(clients.map { |client| next_event(client) }.uniq).to eq(['data: after'])
    ensure
      outputs&.each(&:close)
    end
  end

  each_c_loop do
    it 'hold no thread each as streams that go on, and are cut at the deadline of a stop', if: Rack.release >= '3' do
      open = Thread::Queue.new
      server = serve(app(type, ->(stream) { open << stream }), thread_count: 2, shutdown_timeout: 1, lint: false)
      expect(get(server, '/').body).to eq('ok')
      threads = Thread.list.size
      clients = listen(server, audience)
      outputs = gather(open, audience)
      expect(Thread.list.size).to be <= threads
      tell(outputs, '1')
      expect(clients.map { |client| next_event(client) }.uniq).to eq(['data: 1'])

      expect(seconds { server.stop }).to be_between(1, 1 + Eventually::AT_ONCE_SECONDS)
      expect(clients.map(&:take_rest).uniq).to eq(["\r\n\r\n"]) # the event's and the chunk's, and no last chunk
    end
  end
end
