# frozen_string_literal: true

# Every row of requests.rb, on every engine: in one piece, byte by byte, and with a request behind it.
RSpec.describe 'A raw request' do
  # Told apart from every row's requests by its target, and closes, so that the end is known.
  marker = "GET /marker HTTP/1.1\r\nHost: marker\r\nConnection: close\r\n\r\n"

  # Lint made any body an enumerated one before Rack 3, whose length a server cannot know.
  length = ->(body) { Rack.release < '3' ? { 'content-length' => body.bytesize.to_s } : {} }

  let(:envs) { Thread::Queue.new }
  let(:app) do
    lambda do |env|
      next [200, length.call('marker'), ['marker']] if env['PATH_INFO'] == '/marker'

      envs << env.merge('body' => env['rack.input']&.read.to_s)
      [200, length.call('answer'), ['answer']]
    end
  end

  # The statuses of all answers up to the end; the marker's is :marker.
  def verdict(client, row)
    responses, = client.responses_until_end(head_only: row.bytes.start_with?('HEAD '))
    expect(client.buffer).to be_empty, "bytes behind the last answer to #{row}: #{client.buffer.inspect}"
    expect(responses.last).to be_closes if row.refused? && responses.any?
    responses.map { |response| response.body == 'marker' ? :marker : response.status }
  end

  # What the application got is what the row says.
  def expect_envs(row)
    seen = Array.new(envs.size) { envs.pop }
    expect(seen.size).to eq(row.sees.size), "the application was called #{seen.size} times"
    row.sees.zip(seen) do |expected, env|
      found = expected.keys.to_h { |key| [key, env[key]] }
      expect(found).to eq(expected)
    end
  end

  each_engine do
    Conformance.rows.each do |row|
      it "in one piece: #{row}" do
        client = connect(serve(app)).write(row.bytes).close_write
        expect(verdict(client, row)).to eq(row.statuses)
        expect_envs(row)
      end

      it "byte by byte: #{row}" do
        client = connect(serve(app)).write_each_byte(row.bytes).close_write
        expect(verdict(client, row)).to eq(row.statuses)
        expect_envs(row)
      end

      next if row.unfinished

      it "with a request behind it: #{row}" do
        client = connect(serve(app)).write(row.bytes + marker)
        expected = row.closes ? row.statuses : row.statuses + [:marker]

        expect(verdict(client, row)).to eq(expected)
        expect_envs(row)
      end
    end
  end
end
