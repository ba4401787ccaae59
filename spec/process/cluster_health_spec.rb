# frozen_string_literal: true

require 'json'

RSpec.describe 'The health route of a cluster' do
  include_context 'with a directory'

  # Computes until there is a file of the name, or holds the GVL until it can read a byte from a pipe.
  def app
    <<~RUBY
      # frozen_string_literal: true
      require 'fiddle'
      int = Fiddle::TYPE_INT
      read = Fiddle::Function.new(Fiddle.dlopen(nil)['read'], [int, Fiddle::TYPE_VOIDP, int], int, need_gvl: true)
      run lambda { |env|
        warn("begins in \#{Process.pid}")
        case env['PATH_INFO']
        when '/compute' then Math.sqrt(rand) until File.exist?('#{file('enough')}')
        when '/stick' then File.open('#{file('pipe')}', 'r+') { |pipe| read.call(pipe.fileno, Fiddle.malloc(1), 1) }
        end
        [200, {}, ['done']]
      }
    RUBY
  end

  # Two workers, each of whose two threads computes.
  def computing_cluster
    process = start_cluster('-t', '2:2', *configured("health '/up'\nhealth_queue_limit 600"), app: app)
    eventually do
      connect(process.port).write(raw('GET /compute HTTP/1.1', 'Host: a'))
      expect(process.output.scan(/begins in (\d+)/).tally.values).to eq([2, 2])
    end
    process
  end

  # Two workers in which Ruby does not run.
  def stuck_cluster
    File.mkfifo(file('pipe'))
    process = start_cluster(*configured("health '/up'\nhealth_queue_limit 0.5"), app: app)
    eventually do
      connect(process.port).write(raw('GET /stick HTTP/1.1', 'Host: a'))
      expect(process.output.scan(/begins in (\d+)/).uniq.size).to eq(2)
    end
    process
  end

  # What is answered on so many connections, whichever workers have them.
  def verdicts(process, times = 10)
    Array.new(times) do
      response = RawClient.open(process.port).tap { |client| clients << client }.get('/up')
      [response.status, JSON.parse(response.body)['reason']].compact
    end
  end

  it 'answers while every thread of every worker computes' do
    process = computing_cluster
    expect(verdicts(process)).to all(eq([200]))
    File.write(file('enough'), '')
  end

  it 'answers within 10 ms then, in the median', :slow do
    process = computing_cluster
    client = connect(process.port)
    times = Array.new(101) { seconds { expect(client.get('/up').status).to eq(200) } }
    File.write(file('enough'), '')
    expect(times.sort[50]).to be < 0.010
  end

  it 'turns to 503 when every worker is stuck, and back to 200 when they are no more' do
    process = stuck_cluster
    eventually { expect(verdicts(process)).to all(eq([503, 'stuck']).or(eq([503, 'behind']))) }
    File.write(file('pipe'), 'x' * 1000)
    eventually { expect(verdicts(process)).to all(eq([200])) }
  end
end
