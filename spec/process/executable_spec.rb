# frozen_string_literal: true

RSpec.describe 'The executable' do
  hello = <<~RUBY
    # frozen_string_literal: true
    run ->(env) { [200, { 'content-type' => 'text/plain' }, ["hello \#{env['PATH_INFO']}"]] }
  RUBY

  # Waits for a file before it answers /slow.
  slow = <<~'RUBY'
    # frozen_string_literal: true
    run(lambda { |env|
      if env['PATH_INFO'] == '/slow'
        $stdout.puts 'request is in flight'
        $stdout.flush
        IO.select(nil, nil, nil, 0.01) until File.exist?(File.join(__dir__, 'go'))
      end
      [200, {}, ['done']]
    })
  RUBY

  it 'serves a rackup file, and tells address, engine, threads and Ruby in one line' do
    process = start_hyperion(rackup_file(hello), '-b', '127.0.0.1', '-p', '0', '-t', '3')
    expect(get(process, '/page').body).to eq('hello /page')

    expect(process.stdout.lines.size).to eq(1)
    expect(process.stdout).to include("127.0.0.1:#{process.port}", '3 threads',
                                      RUBY_VERSION).and match(/epoll|poll|kqueue/)
    expect(process.stderr).to eq('')
  end

  it 'serves config.ru of the present directory' do
    path = rackup_file(hello)
    process = start_process(RbConfig.ruby, '-I', "#{StartedProcess::PROJECT}/lib", "#{StartedProcess::PROJECT}/exe/hyperion",
                            '-p', '0', directory: File.dirname(path))
    expect(get(process, '/').body).to eq('hello /')
  end

  it 'serves routes that the rackup file registers' do
    path = rackup_file(<<~RUBY)
      # frozen_string_literal: true
      Hyperion::Server.handle_static(:GET, '/health', 'ok')
      Hyperion::Server.handle(:GET, '/block') { [200, {}, ['block']] }
      run ->(_env) { [200, {}, ['app']] }
    RUBY
    client = connect(start_hyperion(path, '-p', '0'))

    expect(%w[/health /block /other].map { |target| client.get(target).body }).to eq(%w[ok block app])
  end

  it 'serves the example application' do
    process = start_hyperion('examples/config.ru', '-p', '0')
    expect(get(process, '/').status).to eq(200)
  end

  it 'serves by the Ruby accept loop when the environment says so' do
    process = start_hyperion(rackup_file(hello), '-p', '0', environment: { 'HYPERION_C_ACCEPT_LOOP' => 'off' })
    expect(get(process, '/').body).to eq('hello /')
    expect(process.stdout).to include('ruby')
  end

  %i[INT TERM QUIT].each do |signal|
    it "drains on #{signal} and exits 0" do
      path = rackup_file(slow)
      process = start_hyperion(path, '-p', '0')
      in_flight = connect(process).write(raw('GET /slow HTTP/1.1', 'Host: a'))
      process.await_output(/in flight/)
      idle = connect(process).tap { |client| client.get('/') }
      process.signal(signal)

      expect(idle.ending).to eq(:eof)
      File.write(File.join(File.dirname(path), 'go'), '')
      expect(in_flight.response.body).to eq('done')
      expect(process.wait.exitstatus).to eq(0)
      expect(process.stderr).to eq('')
    end

    it "exits at once on a second #{signal}" do
      process = start_hyperion(rackup_file(slow), '-p', '0')
      connect(process).write(raw('GET /slow HTTP/1.1', 'Host: a'))
      process.await_output(/in flight/)
      idle = connect(process).tap { |client| client.get('/') }
      process.signal(signal)
      expect(idle.ending).to eq(:eof)
      process.signal(signal)

      expect(process.wait).not_to be_success
    end

    it "exits at once on #{signal} when there is nothing to do" do
      process = start_hyperion(rackup_file(hello), '-p', '0')
      process.port
      taken = seconds do
        process.signal(signal)
        expect(process.wait.exitstatus).to eq(0)
      end
      expect(taken).to be < 2
    end
  end

  # What must end with one line on the standard error, and not with 0.
  def expect_complaint(process, pattern)
    status = process.wait

    expect(status.exitstatus).to be_positive
    expect(process.stderr.lines.size).to eq(1), process.stderr
    expect(process.stderr).to match(pattern)
    expect(process.stdout).to eq('')
  end

  it 'tells that the port is in use' do
    taken = TCPServer.new('127.0.0.1', 0)
    port = taken.local_address.ip_port
    expect_complaint(start_hyperion(rackup_file(hello), '-p', port.to_s), /#{port}.*in use/i)
  ensure
    taken.close
  end

  it 'tells that there is no such file' do
    expect_complaint(start_hyperion('no/such/file.ru', '-p', '0'), %r{no/such/file\.ru})
  end

  it 'tells that an option is unknown' do
    expect_complaint(start_hyperion(rackup_file(hello), '--fly'), /--fly/)
  end

  it 'tells that a value makes no sense' do
    expect_complaint(start_hyperion(rackup_file(hello), '-p', 'http'), /http/)
    expect_complaint(start_hyperion(rackup_file(hello), '-t', '0'), /thread/)
  end

  it 'tells what is wrong in the rackup file' do
    expect_complaint(start_hyperion(rackup_file("run(\n"), '-p', '0'), /config\.ru/)
    expect_complaint(start_hyperion(rackup_file("raise 'broken on purpose'\n"), '-p', '0'), /broken on purpose/)
  end

  it 'shows its options and its version' do
    help = start_hyperion('--help')
    expect(help.wait.exitstatus).to eq(0)
    expect(help.stdout).to include('-b', '-p', '-t')
    version = start_hyperion('--version')
    expect(version.wait.exitstatus).to eq(0)
    expect(version.stdout).to include(Hyperion::VERSION)
  end
end
