# frozen_string_literal: true

require 'socket'
require 'tmpdir'
require_relative '../../bench/lib/load_generator'
require_relative '../../bench/lib/statistics'
require_relative '../../bench/lib/workload'

RSpec.describe Bench::LoadGenerator do
  let(:hello) { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" }
  let(:chunked_hello) do
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nA: b\r\n\r\n"
  end

  before(:all) { described_class.build }

  # A server in threads, until the example ends; the block answers a request by its number and head, or nil to close.
  def serve(&answer)
    listener = TCPServer.new('127.0.0.1', 0)
    number = 0
    @threads = [Thread.new { loop { answer_in_thread(listener.accept) { |head| answer.call(number += 1, head) } } }]
    listener.addr[1]
  end

  def answer_in_thread(client, &answer)
    @threads << Thread.new { answer_all(client, &answer) }
  end

  def answer_all(client)
    while (head = client.gets("\r\n\r\n")) && (answer = yield head)
      client.write(answer)
      break if head.include?('Connection: close')
    end
  rescue SystemCallError
    nil
  ensure
    client.close
  end

  after { @threads.each(&:kill) }

  def generator(connections: 1, **settings, &answer)
    workload = Bench::Workload.new(name: 'test', kind: :rack, path: '/', rate: 100, connections: connections,
                                   **settings)
    described_class.new(serve(&answer), workload)
  end

  def measure(**settings, &answer)
    generator(**settings, &answer).open_loop(0.5)
  end

  it 'offers as many requests as the rate says' do
    result = measure { hello }
    expect(result.requests).to eq(50)
    expect(result.answers).to eq(50)
    expect(result.trouble).to be_nil
  end

  it 'counts a stall for every request that was due in it, not only for the one that was sent' do
    stalled = false
    result = measure do |number|
      if number == 10 && !stalled
        stalled = true
        sleep 0.3 # the stall that is measured
      end
      hello
    end
    expect(result.requests).to eq(50)
    # About 30 of 50 were due while the server stood still, and waited 0.15 s in the mean.
    expect(result.p50).to be > 20
    expect(result.slowest).to be_between(295, 2500)
  end

  it 'counts what is never answered as late and as unanswered' do
    result = measure { |number| number < 10 ? hello : sleep }
    expect(result.answers).to eq(9)
    expect(result.unanswered).to eq(41)
    expect(result.p99).to be > 1000
  end

  it 'tells connections that break, and goes on with new ones' do
    result = measure { |number| hello unless number == 5 }
    expect(result.broken).to eq(1)
    expect(result.answers).to eq(49)
  end

  it 'tells answers that are not 200' do
    result = measure { |number| number == 5 ? hello.sub('200 OK', '503 No') : hello }
    expect(result.refused).to eq(1)
  end

  it 'finds the end of an answer in chunks' do
    expect(measure { chunked_hello }.answers).to eq(50)
  end

  it 'has a connection for each request when asked' do
    result = measure(fresh: true) { hello }
    expect(result.answers).to eq(50)
    expect(@threads.size).to be > 50
  end

  it 'has requests of two kinds, in the same order in every run, and tells them apart' do
    mixed = { other: Bench::Workload.new(path: '/other'), one_in: 4, rate: 200 }
    results = Array.new(2) { measure(**mixed) { |_, head| head.include?('/other') ? hello.sub('200', '503') : hello } }
    usual, others = results.map { |result| [result, result.others] }.transpose

    expect(usual.map(&:requests).uniq.sum + others.map(&:requests).uniq.sum).to eq(100)
    expect(others.map(&:requests)).to all(be_between(10, 40))
    expect([usual, others].map { |all| all.map(&:refused) }).to eq([[0, 0], others.map(&:requests)])
    expect(usual.map { |all| all.errors[:refused] }).to eq(others.map(&:requests))
    expect(usual.map(&:achieved)).to all(be_within(10).of(200))
  end

  it 'asks again as soon as it is answered in the closed loop, several at once when pipelining' do
    result = generator(pipelined: 16, connections: 2) { hello }.closed_loop(0.3)
    expect(result.answers).to be > 50
    expect(result.unanswered).to eq(0)
  end
end

RSpec.describe 'The histogram of latencies' do
  let(:program) do
    <<~C
      #include "histogram.h"
      #include <stdio.h>
      static histogram_t histogram;
      int main(void)
      {
          double shares[] = {0.0, 0.5, 0.99, 0.999, 1.0};
          unsigned long long value;
          while (scanf("%llu", &value) == 1) histogram_record(&histogram, value);
          for (int i = 0; i < 5; i++)
              printf("%llu\\n", (unsigned long long)histogram_percentile(&histogram, shares[i]));
      }
    C
  end

  def percentiles(values)
    Dir.mktmpdir do |directory|
      path = File.join(directory, 'histogram')
      load = File.expand_path('../../bench/load', __dir__)
      IO.popen(['cc', '-x', 'c', "-I#{load}", '-o', path, '-', "#{load}/histogram.c"], 'w') { |cc| cc.write(program) }
      IO.popen(path, 'r+') do |histogram|
        histogram.puts(values)
        histogram.close_write
        histogram.readlines.map(&:to_i)
      end
    end
  end

  it 'has percentiles that are never too low and at most 1.6 % too high, from nanoseconds to hours' do
    random = Random.new(1)
    values = (0..200).to_a + Array.new(5_000) { (10**random.rand(1.0..13.0)).to_i }
    shares = [0.0, 0.5, 0.99, 0.999, 1.0]
    told = percentiles(values)
    exact = shares.map { |share| Bench::Statistics.percentile(values, share) }
    expect(told.zip(exact)).to all(satisfy { |is, should| is.between?(should, should * 1.016) })
  end

  it 'has none of nothing, and of one value that value' do
    expect(percentiles([])).to eq([0] * 5)
    expect(percentiles([123_456_789])).to eq([123_456_789] * 5)
  end
end
