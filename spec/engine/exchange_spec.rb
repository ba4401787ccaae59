# frozen_string_literal: true

require_relative 'rig'

# The state machine of a connection, driven by the example instead of by a socket.
RSpec.describe Hyperion::Http::Exchange do
  let(:routes) do
    Hyperion::Http::RouteSet.new.tap do |set|
      set.put_static(:GET, '/static', "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 2, 0)
      set.put_static(:GET, '/large', "HTTP/1.1 200 OK\r\ncontent-length: 600000\r\n\r\n#{'l' * 600_000}", 600_000, 0)
      set.put_block(:GET, '/block', block)
    end
  end

  let(:block) { ->(_env) { [200, {}, ['block']] } }

  def exchange(**options)
    described_class.new(routes: [routes], env_template: EngineRig::TEMPLATE, **options)
  end

  def get_of(path, *fields)
    "GET #{path} HTTP/1.1\r\nHost: a\r\n#{fields.map { |field| "#{field}\r\n" }.join}\r\n"
  end

  # Takes the output, so many bytes at a time.
  def output_of(exchange, step = 1 << 20)
    taken = +''
    while exchange.want == :send
      bytes = exchange.output.byteslice(0, step)
      taken << bytes
      exchange.sent(bytes.bytesize)
    end
    taken
  end

  # With a request under way.
  def with_request(path = '/app', *fields, **options)
    exchange(**options).tap do |made|
      made.receive(get_of(path, *fields))
      made.take_request
    end
  end

  describe '.new' do
    {
      'routes that are none' => [{ routes: [1] }, TypeError],
      'an unknown limit' => [{ limits: { patience: 1 } }, ArgumentError],
      'an unknown keyword' => [{ bogus: 1 }, ArgumentError],
      'a peer that is no address' => [{ peer: 'x' * 46 }, ArgumentError]
    }.each do |what, (options, error)|
      it "refuses #{what}" do
        expect { described_class.new(**options) }.to raise_error(error)
      end
    end

    it 'wants bytes' do
      expect(exchange.want).to eq(:recv)
    end
  end

  describe 'with a static route' do
    it 'shows the answer, and wants the next request' do
      served = exchange
      served.receive(get_of('/static'))
      expect(served.want).to eq(:send)
      expect(output_of(served, 7)).to end_with("\r\n\r\nok")
      expect(served.want).to eq(:recv)
    end

    it 'shows a long answer bit by bit' do
      served = exchange
      served.receive(get_of('/large'))
      expect(served.output.bytesize).to be_between(1, 262_144)
      expect(output_of(served).count('l')).to be > 600_000
    end

    it 'takes a request byte by byte' do
      served = exchange
      get_of('/static').each_char { |char| served.receive(char) }
      expect(output_of(served)).to end_with('ok')
    end

    it 'sees routes that are changed meanwhile' do
      served = exchange
      routes.clear
      served.receive(get_of('/static'))
      expect(served.want).to eq(:dispatch)
    end

    it 'tells hits since it was last asked, when they are collected' do
      served = exchange
      served.receive(get_of('/static'))
      expect(served.hits).to eq([])
      output_of(served)
      served.collect_hits = true
      served.receive(get_of('/static?query') * 2)
      expect(served.hits).to eq([['GET', '/static'], ['GET', '/static']])
      expect(served.hits).to eq([])
    end
  end

  describe '#take_request' do
    it 'answers the env, and the block of a route' do
      served = exchange(peer: '192.0.2.1')
      served.receive(get_of('/block?query'))
      env, handler, = served.take_request
      expect(env).to include('PATH_INFO' => '/block', 'QUERY_STRING' => 'query', 'REMOTE_ADDR' => '192.0.2.1')
      expect(handler).to be(block)
      expect(served.want).to eq(:reply)
    end

    it 'answers no handler for the application' do
      served = exchange
      served.receive(get_of('/app'))
      expect(served.take_request[1]).to be_nil
    end

    it 'gives the body, however it was framed' do
      [['Content-Length: 5', 'abcde'], ['Transfer-Encoding: chunked', "5\r\nabcde\r\n0\r\n\r\n"]].each do |field, body|
        served = exchange
        served.receive("POST /app HTTP/1.1\r\nHost: a\r\n#{field}\r\n\r\n#{body}")
        env, = served.take_request
        expect(env['rack.input'].read).to eq('abcde')
        expect(env['CONTENT_LENGTH']).to eq('5')
      end
    end

    it 'raises when there is none' do
      expect { exchange.take_request }.to raise_error(Hyperion::Error)
    end
  end

  describe '#respond' do
    it 'serialises the triple' do
      served = with_request
      served.respond([201, { 'x-a' => 'b' }, %w[c d]])
      expect(served).to be_emitted
      expect(output_of(served)).to match(/\AHTTP\/1.1 201 Created\r\n.*x-a: b\r\n.*\r\n\r\ncd\z/m)
      expect(served.want).to eq(:recv)
    end

    it 'yields between the pieces of a stream' do
      served = with_request
      sent = []
      stream = Enumerator.new { |pieces| 3.times { |index| pieces << "piece #{index}" } }
      served.respond([200, {}, stream]) { sent << output_of(served) }
      sent << output_of(served)
      expect(sent.map { |bytes| bytes[/piece \d/] }).to eq(['piece 0', 'piece 1', 'piece 2', nil])
      expect(sent.last).to eq("0\r\n\r\n")
    end

    it 'raises for what is no answer, which can then be 500' do
      served = with_request
      expect { served.respond(nil) }.to raise_error(Hyperion::Error)
      expect(served).not_to be_emitted
      served.respond_error(500)
      expect(output_of(served)).to start_with('HTTP/1.1 500 ')
      expect(served.want).to eq(:close)
    end

    it 'raises what the body raises, and the answer can be cut' do
      served = with_request
      stream = Enumerator.new do |pieces|
        pieces << 'begun'
        raise 'broken'
      end
      expect { served.respond([200, {}, stream]) { output_of(served) } }.to raise_error('broken')
      expect(served).to be_emitted
      served.abort
      expect(served.want).to eq(:close)
    end

    it 'raises when nothing was asked, and what comes after a complete answer does nothing' do
      expect { exchange.respond([200, {}, []]) }.to raise_error(Hyperion::Error)
      served = with_request
      served.respond([200, {}, ['ok']])
      served.respond_error(500)
      served.abort
      expect(output_of(served)).to end_with('ok')
      expect(served.want).to eq(:recv)
    end

    it 'has no canned answer for any number' do
      expect { with_request.respond_error(299) }.to raise_error(ArgumentError)
    end
  end

  describe '#deadline' do
    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    it 'is that of the present time-out' do
      before = now - 0.01 # a tick's time is older than now
      served = exchange(limits: { head_timeout: 1000, idle_timeout: 5000, write_timeout: 60_000 })
      expect(served.deadline).to be_between(before + 1, now + 1)
      before = now - 0.01
      served.receive(get_of('/static'))
      expect(served.deadline).to be_between(before + 60, now + 60)
      before = now - 0.01
      output_of(served)
      expect(served.deadline).to be_between(before + 5, now + 5)
      served.receive(get_of('/app'))
      expect(served.deadline).to be_nil
    end

    it 'does not move with every byte of a head' do
      served = exchange
      served.receive('G')
      before = served.deadline
      served.receive('E')
      expect(served.deadline).to eq(before)
    end

    it 'is nil for a time-out that is off' do
      expect(exchange(limits: { head_timeout: 0 }).deadline).to be_nil
    end
  end

  describe 'what ends it' do
    it 'a time-out is told to a client that has begun' do
      served = exchange
      served.receive('GET / HT')
      served.timeout
      expect(output_of(served)).to start_with('HTTP/1.1 408 ')
    end

    it 'a refusal is followed by a shutdown, and what comes is dropped' do
      served = exchange
      served.receive("nonsense\r\n\r\n")
      expect(output_of(served)).to start_with('HTTP/1.1 400 ')
      expect(served.want).to eq(:linger)
      served.shutdown
      expect(served.want).to eq(:recv)
      served.receive(get_of('/static'))
      expect(served.want).to eq(:recv)
      served.eof
      expect(served.want).to eq(:close)
    end

    it 'a drain lets an answer go out, and no other' do
      served = exchange
      served.receive(get_of('/static'))
      served.drain
      output_of(served)
      expect(served.want).not_to eq(:dispatch)
      idle = exchange
      idle.drain
      expect(idle.want).to eq(:close)
    end

    it 'an error closes at once' do
      served = with_request
      served.error
      expect(served.want).to eq(:close)
    end

    it 'an unknown protocol is refused' do
      { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" => '505', "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n" => '501' }
        .each do |bytes, status|
          served = exchange
          served.receive(bytes)
          expect(output_of(served)).to start_with("HTTP/1.1 #{status} ")
        end
    end
  end

  it 'answers 404 without an application' do
    served = exchange(application: false)
    served.receive(get_of('/nowhere'))
    expect(output_of(served)).to start_with('HTTP/1.1 404 ')
  end

  it 'can be dropped at any time' do
    200.times do |length|
      served = exchange
      served.receive("POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n#{'x' * 300}"[0, length * 2])
      served.take_request if served.want == :dispatch
    end
    expect { GC.start }.not_to raise_error
  end
end
