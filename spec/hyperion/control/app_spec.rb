# frozen_string_literal: true

require 'hyperion/launcher'

RSpec.describe Hyperion::Control::App do
  let(:target) do
    instance_double(Hyperion::SingleProcess, stats: { running: 5 }, gc: {}, gc_stats: { count: 7 }, metrics: "a 1\n",
                                             thread_backtraces: [{ name: 'main', backtrace: ['a.rb:1'] }])
  end
  let(:app) { described_class.new(target, Hyperion::Control::Token.new('secret')) }

  def ask(path, method: 'GET', query: 'token=secret', **fields)
    env = { 'REQUEST_METHOD' => method, 'PATH_INFO' => path, 'QUERY_STRING' => query,
            **fields.transform_keys(&:to_s) }
    status, headers, body = app.call(env)
    [status, headers['content-type'] == 'application/json' ? JSON.parse(body.join) : body.join, env, headers]
  end

  it 'tells what it is asked for' do
    answers = { '/stats' => { 'running' => 5 }, '/status' => { 'status' => 'ok' }, '/gc-stats' => { 'count' => 7 },
                '/thread-backtraces' => [{ 'name' => 'main', 'backtrace' => ['a.rb:1'] }], '/metrics' => "a 1\n" }
    answers.each { |path, answer| expect(ask(path).first(2)).to eq([200, answer]) }
    expect(ask('/metrics').last['content-type']).to start_with('text/plain; version=0.0.4')
  end

  it 'collects garbage' do
    expect(ask('/gc', method: 'POST').first(2)).to eq([200, { 'status' => 'ok' }])
    expect(target).to have_received(:gc)
  end

  %w[stop halt restart phased_restart].each do |order|
    it "answers before it does #{order}" do
      client, connection = UNIXSocket.pair
      allow(target).to receive(order) { expect(connection).to be_closed }
      ask("/#{order.tr('_', '-')}", 'rack.hijack': -> { connection })
      expect(client.read).to match(/\AHTTP.1.1 200 OK\r\n.*content-length: 16\r\n.*\r\n\r\n\{"status":"ok"\}\n\z/m)
      expect(target).to have_received(order)
    end

    it "does #{order} though who asked has gone" do
      allow(target).to receive(order)
      client, connection = UNIXSocket.pair
      client.close
      ask("/#{order.tr('_', '-')}", 'rack.hijack': -> { connection })
      expect(target).to have_received(order)
    end
  end

  it 'takes the token of a field or of the query' do
    expect(ask('/status', query: '', HTTP_AUTHORIZATION: 'Bearer secret').first).to eq(200)
    expect(ask('/status', query: 'a=b&token=s%65cret').first).to eq(200)
  end

  it 'refuses everything without the token, whatever is asked for' do
    ['', 'token=', 'token=wrong', 'token=%', 'xtoken=secret', 'token=secret2'].product(%w[/stats /stop /nothing])
      .each do |query, path|
        expect(ask(path, query: query).first(2)).to eq([403, { 'error' => 'the token is missing or wrong' }])
      end
    expect(ask('/stats', query: '', HTTP_AUTHORIZATION: 'Basic secret').first).to eq(403)
    expect(ask('/stats', HTTP_AUTHORIZATION: 'Bearer wrong').first).to eq(403)
  end

  it 'lets no connection stay' do
    expect(%w[/stats /metrics /nothing].map { |path| ask(path).last['connection'] }).to all(eq('close'))
  end

  it 'refuses what it does not know' do
    expect(ask('/reload').first(2)).to eq([404, { 'error' => 'there is no /reload here' }])
    status, _body, _env, headers = ask('/stop', method: 'DELETE')
    expect([status, headers['allow']]).to eq([405, 'GET, HEAD, POST'])
  end
end
