# frozen_string_literal: true

RSpec.describe 'rackup -s hyperion' do
  # Rack 2 has the command and the registry of servers itself.
  family = Rack.release < '3' ? 'rack' : 'rackup'

  let(:path) {
    rackup_file("# frozen_string_literal: true\nrun ->(env) { [200, {}, [\"hello \#{env['PATH_INFO']}\"]] }\n")
  }

  define_method(:start_rackup) do |*arguments, **options|
    start_process(RbConfig.ruby, '-I', File.join(StartedProcess::PROJECT, 'lib'), Gem.bin_path(family, 'rackup'),
                  '-s', 'hyperion', '-E', 'none', *arguments, **options)
  end

  # In a directory with this configuration file.
  def start_configured(file, *arguments)
    directory = File.dirname(path)
    Dir.mkdir(File.join(directory, 'config'))
    File.write(File.join(directory, 'config', 'hyperion.rb'), file)
    start_rackup('-o', '127.0.0.1', '-p', '0', *arguments, path, directory: directory)
  end

  it 'serves, and ends with INT' do
    process = start_rackup('-o', '127.0.0.1', '-p', '0', path)
    expect(get(process, '/page').body).to eq('hello /page')
    process.signal(:INT)

    expect(process.wait.exitstatus).to eq(0)
  end

  it 'takes its options' do
    process = start_rackup('-o', '127.0.0.1', '-p', '0', '-O', 'Threads=2', path)
    expect(get(process, '/').body).to eq('hello /')
    expect(process.stdout).to include('2 threads')
  end

  it 'reads a configuration file, over which options win' do
    process = start_configured("port 1\nthreads 2, 3\nstatic '/static', 'static'", '-O', 'Loops=2')
    expect(Array.new(2) { |number| get(process, %w[/static /app][number]).body }).to eq(['static', 'hello /app'])
    expect(process.stdout).to include('x 2', '2:3 threads')
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'has the workers that the file asks for' do
    process = start_configured("workers 2\nbefore_worker_boot { warn 'boots' }")
    expect(get(process, '/page').body).to eq('hello /page')
    await_times(process, 'boots', 2)
    expect(process.stdout).to include('2 workers')
    process.signal(:INT)
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'tells what is wrong with the file, and with which line' do
    process = start_configured("threads 1\nnonsense 1\n")
    expect(process.wait).not_to be_success
    expect(process.stderr).to match(%r{\Ahyperion: config/hyperion.rb:2: .*nonsense})
  end

  it 'restarts on USR2 with the application as it is then, once that can be run, and refuses no connection' do
    process = start_rackup('-o', '127.0.0.1', '-p', '0', path)
    expect(get(process, '/').body).to eq('hello /')
    File.write(path, 'nonsense')
    process.signal(:USR2)
    await_times(process, 'cannot execute anew; what is there goes on', 1)
    File.write(path, "run ->(_env) { [200, {}, ['changed']] }\n")
    process.signal(:USR2)
    eventually { expect(get(process, '/').body).to eq('changed') }
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'lists them' do
    process = start_rackup('-h')
    process.wait
    expect(process.output).to include('Threads')
  end

  it 'tells that the port is in use' do
    taken = TCPServer.new('127.0.0.1', 0)
    process = start_rackup('-o', '127.0.0.1', '-p', taken.local_address.ip_port.to_s, path)

    expect(process.wait).not_to be_success
    expect(process.stderr).to match(/in use/i)
  ensure
    taken.close
  end

  describe 'as a handler' do
    require family
    require "#{family}/handler/hyperion"

    let(:handler) { Object.const_get("#{family.capitalize}::Handler").get('hyperion') }

    it 'is found by its name' do
      expect(handler).to respond_to(:run, :shutdown, :valid_options)
      expect(handler.valid_options).to be_a(Hash).and include(a_string_including('Host'), a_string_including('Port'))
    end

    it 'yields the server, runs until it is shut down, and returns' do
      servers = Thread::Queue.new
      thread = Thread.new { handler.run(Servers::HELLO, Host: '127.0.0.1', Port: '0') { |server| servers << server } }
      server = patiently { servers.pop }
      eventually { expect(server.port).to be_positive }

      expect(connect(server.port).get('/').body).to eq('hello')
      handler.shutdown
      expect(thread.join(Eventually::PATIENCE_SECONDS)).to be(thread)
    end

    it 'refuses an option that makes no sense' do
      expect { handler.run(Servers::HELLO, Port: 'http') }.to raise_error(ArgumentError, /Port/)
    end

    it 'may be shut down when nothing runs' do
      expect { handler.shutdown }.not_to raise_error
    end
  end
end
