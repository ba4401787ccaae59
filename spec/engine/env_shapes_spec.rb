# frozen_string_literal: true

require_relative 'rig'

# Envs whose keys have come before are built from them; nobody may notice.
RSpec.describe 'The env of a request like earlier ones' do
  include EngineRigs

  after do
    GC.stress = false
    end_rigs
  end

  let(:envs) { Thread::Queue.new }
  let(:client) { connect(rig(->(env) { answer(env) }, workers: 1)) }

  def answer(env)
    envs << env
    [200, {}, ['ok']]
  end

  # Behind so many of its kind that its keys are known.
  def known(path, *fields)
    40.times { |time| env("/earlier?#{time}", *fields, 'X-Time: earlier') }
    env(path, *fields, 'X-Time: now')
  end

  def env(path, *fields)
    client.get(path, *fields)
    envs.pop
  end

  def comparable(env)
    env.select { |_, value| value.is_a?(String) }
  end

  {
    'no field' => [],
    'fields' => ['Accept: */*', 'Cookie: a=1', 'X-Some-Name: b'],
    'fields that come twice' => [
      'Cookie: a=1', 'Accept: a', 'X-Some-Name: b', 'accept: c', 'x-some-name: d', 'Cookie: e=2'
    ],
    'many fields' => Array.new(40) { |number| "X-Number-#{number}: #{number}" },
    'a length' => ['Content-Length: 0', 'Content-Type: text/plain']
  }.each do |what, fields|
    it "has its own values: #{what}" do
      first = env('/now?yes', *fields, 'X-Time: now')
      last = known('/now?yes', *fields)
      expect(comparable(last)).to eq(comparable(first))
      expect(last.keys).to eq(first.keys)
      expect(last).to include('PATH_INFO' => '/now', 'QUERY_STRING' => 'yes', 'HTTP_X_TIME' => 'now')
    end
  end

  it 'shares nothing that can be changed with the others' do
    first = known('/one', 'X-Some-Name: b')
    first.each_value { |value| value << 'changed' if value.is_a?(String) && !value.frozen? }
    first['rack.response_finished'] << -> {}
    first['another'] = first.delete('HTTP_X_SOME_NAME')
    last = known('/two', 'X-Some-Name: b')
    expect(last).to include('PATH_INFO' => '/two', 'HTTP_X_SOME_NAME' => 'b', 'rack.response_finished' => [])
    expect(last).not_to have_key('another')
  end

  it 'is found by its keys like any Hash' do
    last = known('/now', 'X-Some-Name: b')
    expect(last.keys.map { |key| last[key.dup] }).to eq(last.values)
    expect(last.dup.tap(&:rehash)).to eq(last)
  end

  it 'is the same while the garbage collector runs, and moves what it can', if: GC.respond_to?(:compact) do
    known('/now', 'X-Some-Name: b', 'X-Other-Name: c')
    GC.compact
    GC.stress = true
    last = env('/later', 'X-Some-Name: d', 'X-Other-Name: e', 'X-Time: then')
    GC.stress = false
    expect(last).to include('PATH_INFO' => '/later', 'HTTP_X_SOME_NAME' => 'd', 'HTTP_X_OTHER_NAME' => 'e')
  end

  it 'comes between ever other ones, more than are remembered' do
    600.times { |number| env("/#{number}", "X-Other-#{number}: #{number}", *(['Accept: */*'] * (number % 11))) }
    last = known('/now', 'X-Some-Name: b')
    expect(last).to include('PATH_INFO' => '/now', 'HTTP_X_SOME_NAME' => 'b')
    expect(last.keys.grep(/OTHER/)).to be_empty
  end
end
