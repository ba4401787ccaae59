# frozen_string_literal: true

RSpec.describe 'An application that holds a connection' do
  # Says hello, then nothing until the server drains, and then goodbye.
  def talk(env, output)
    output.write('hello')
    sleep 0.001 until env['hyperion.draining'].call
    output.write('goodbye')
  ensure
    output.close
  end

  def holding
    {
      'by a streaming body' => ->(env) { [200, {}, ->(stream) { talk(env, stream) }] },
      'by a stream that outlives the call' => lambda do |env|
        [200, {}, ->(stream) { Thread.new { talk(env, stream) } }]
      end,
      'by a hijack' => lambda do |env|
        io = env['rack.hijack'].call
        Thread.new { talk(env, io) }
        [200, {}, []]
      end,
      'by a partial hijack' => lambda do |env|
        [200, { 'rack.hijack' => ->(io) { Thread.new { talk(env, io) } } }, []]
      end
    }
  end

  each_engine do
    it 'is told that the server drains, in time for a last word' do
      holding.each do |how, app|
        server = serve(app, lint: false)
        client = connect(server).write(raw('GET / HTTP/1.1', 'Host: a'))
        said = +''
        said << client.take(1) until said.include?('hello')
        stopping = Thread.new { server.server.stop(within: Eventually::PATIENCE_SECONDS) }
        expect([how, client.take_rest]).to match([how, a_string_including('goodbye')])
        stopping.join
      end
    end

    it 'is told nothing of the kind while the server serves' do
      app = ->(env) { [200, {}, [env['hyperion.draining'].call.to_s]] }
      expect(get(serve(app), '/').body).to eq('false')
    end
  end
end
