# frozen_string_literal: true

RSpec.describe 'Garbage' do
  # Collections that somebody asked for: none happens by itself.
  def collections
    before = GC.count
    GC.disable
    yield -> { GC.count - before }
  ensure
    GC.enable
  end

  each_engine do
    it 'is collected after so many requests, once none is under way' do
      server = serve(out_of_band_gc: 3, thread_count: 1)
      client = connect(server)
      client.get('/')
      collections do |count|
        client.get('/')
        expect(count.call).to eq(0)
        client.get('/')
        eventually { expect(count.call).to eq(1) }
        3.times { client.get('/') }
        eventually { expect(count.call).to eq(2) }
      end
    end

    it 'is not collected while a request is under way' do
      held = gate
      server = serve(lambda { |env|
        held.pass if env['PATH_INFO'] == '/held'
        [200, {}, ['done']]
      }, out_of_band_gc: 1, thread_count: 2)
      waiting = connect(server).write(raw('GET /held HTTP/1.1', 'Host: a'))
      held.await
      client = connect(server)
      collections do |count|
        5.times { client.get('/') }
        expect(count.call).to eq(0)
        held.open
        waiting.response
        eventually { expect(count.call).to be_positive }
      end
    end

    it 'is not collected unless configured' do
      client = connect(serve)
      collections do |count|
        20.times { client.get('/') }
        expect(count.call).to eq(0)
      end
    end
  end
end
