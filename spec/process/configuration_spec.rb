# frozen_string_literal: true

RSpec.describe 'The executable, configured' do
  telling = <<~'RUBY'
    # frozen_string_literal: true
    run ->(env) { [200, {}, ["#{ENV['RACK_ENV']} #{Dir.pwd} #{env.key?('rack.early_hints')} #{$LOAD_PATH.first}"]] }
  RUBY

  nothing = { 'PORT' => nil, 'MIN_THREADS' => nil, 'MAX_THREADS' => nil, 'WEB_CONCURRENCY' => nil, 'APP_ENV' => nil,
              'RACK_ENV' => nil, 'RAILS_ENV' => nil }

  include_context 'with a directory'

  around { |example| with_environment(nothing) { example.run } }

  before { file('config.ru', telling) }

  # The executable in the application's directory.
  def start_here(*arguments, **options)
    start_process(RbConfig.ruby, '-I', "#{StartedProcess::PROJECT}/lib", "#{StartedProcess::PROJECT}/exe/hyperion",
                  *arguments, directory: @directory, **options)
  end

  # Without what Ruby cannot write down, and without where they come from.
  def settings_in(process)
    process.stdout.lines.reject { |line| line.start_with?('#') }.map { |line| line[/\A.*?(?= +#)/] }
  end

  def expect_refusal(process, message)
    expect(process.wait.exitstatus).to eq(64)
    expect(process.stderr).to eq("hyperion: #{message}\n")
    expect(process.stdout).to eq('')
  end

  it 'reads config/hyperion.rb, serves its routes and calls its hooks' do
    file('config/hyperion.rb', <<~RUBY)
      bind 'tcp://127.0.0.1:0'
      threads 1, 3
      environment 'staging'
      static '/health', "ok\\n"
      after_booted { puts 'hooked' }
    RUBY
    process = start_here
    expect(get(process, '/health').body).to eq("ok\n")
    expect(get(process, '/').body).to start_with("staging #{@directory} false")
    process.await_output(/1:3 threads.*^hooked$/m)
  end

  it "reads the environment's own file instead, and none when it is told so" do
    file('config/hyperion.rb', "raise 'not this one'")
    file('config/hyperion/production.rb', "port 0\nstatic '/own', 'production'")
    expect(get(start_here('-e', 'production'), '/own').body).to eq('production')
    expect(get(start_here(environment: { 'RAILS_ENV' => 'production' }), '/own').body).to eq('production')
    expect(get(start_here('-C', '-', '-p', '0'), '/').body).to start_with('development')
  end

  it 'lets the command line win over the file, and the file over the environment' do
    path = file('other.rb', "threads 2\ntag 'from file'\nenvironment 'staging'")
    process = start_here('-C', path, '-t', '3', '-p', '0', environment: { 'MAX_THREADS' => '7', 'RACK_ENV' => 'test' })
    expect(get(process, '/').body).to start_with('staging')
    expect(process.stdout).to include('3 threads')
    process = start_here('-C', '-', environment: { 'MAX_THREADS' => '7', 'PORT' => '0', 'APP_ENV' => 'test' })
    expect(get(process, '/').body).to start_with('test')
    expect(process.stdout).to include('7 threads')
  end

  it 'runs in the directory that it is told, with the file that is there' do
    file('config/hyperion.rb', "port 0\nstatic '/own', 'here'")
    process = start_hyperion('--dir', @directory)
    expect(get(process, '/own').body).to eq('here')
    expect(get(process, '/').body).to include(@directory)
  end

  it 'finds libraries where it is told' do
    file('more/found_by_include.rb', 'FOUND = "found"')
    file('config.ru', "require 'found_by_include'\nrun ->(_env) { [200, {}, [FOUND]] }")
    expect(get(start_here('-I', 'more', '-p', '0'), '/').body).to eq('found')
  end

  it 'obeys flags of the process: a file for its number, one for its output, its tag, no start-up line, its end' do
    process = start_here('-p', '0', '--pidfile', 'app.pid', '--redirect-stdout', 'out', '--tag', 'shop',
                         '--early-hints')
    out = File.join(@directory, 'out')
    eventually(within: 20) { expect(File.exist?(out) && File.read(out)).to match(/listening/) }
    expect(File.read(File.join(@directory, 'app.pid')).to_i).to eq(process.pid)
    expect(get(File.read(out)[%r{://[^:]+:(\d+)}, 1].to_i, '/').body).to include(' true ')
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    process = start_here('-p', '0', '-q', '--idle-timeout', '0.3')
    expect(process.wait.exitstatus).to eq(0)
    expect(process.output).to eq('')
  end

  it 'restarts as it is told' do
    process = start_here('-p', '0', '-R', "#{RbConfig.ruby} -e 'puts %(restarted by hand)'")
    get(process, '/')
    process.signal(:USR2)
    process.await_output(/restarted by hand/)
    expect(process.wait.exitstatus).to eq(0)
  end

  it 'keeps its settings over a restart, and reads the file anew' do
    path = file('config/hyperion.rb', "static '/version', 'one'")
    process = start_here('-p', '0', '-t', '2')
    expect(get(process, '/version').body).to eq('one')
    File.write(path, "static '/version', 'two'")
    process.signal(:USR2)
    eventually(within: 20) { expect(get(process, '/version').body).to eq('two') }
    expect(process.stdout.lines.uniq.size).to eq(1)
  end

  it 'checks what it is told, and ends' do
    process = start_here('--check', '-p', '0')
    expect(process.wait.exitstatus).to eq(0)
    expect(process.output).to eq("the configuration is valid\n")
    path = file('config/hyperion.rb', "threads 1, 4\nmax_quue 3\n")
    expect_refusal(start_here('--check'), 'config/hyperion.rb:2: unknown word max_quue; did you mean max_queue?')
    File.delete(path)
    expect_refusal(start_here('--check', 'other.ru'), "#{@directory}/other.ru is not a file that can be read")
    expect_refusal(start_here('--check', '--dir', '/no/such'), 'directory /no/such is not there (try --help)')
  end

  it 'prints what it is told as a file that says the same, with where each comes from' do
    file('config/hyperion.rb', <<~RUBY)
      threads 1, 4
      persistent_timeout 30
      static '/health', "ok\\n", headers: { 'x-a' => 'b' }
      after_booted { nil }
    RUBY
    first = start_here('--print-config', '-p', '3000', environment: { 'WEB_CONCURRENCY' => '2' })
    expect(first.wait.exitstatus).to eq(0)
    [%r{^bind "tcp://127\.0\.0\.1:3000" +# -p$}, /^workers 2 +# WEB_CONCURRENCY$/,
     %r{^threads 1\.\.4 +# config/hyperion\.rb:1$}, /^max_queue nil +# default$/,
     %r{^# after_booted: 1 +# config/hyperion\.rb:4$}].each { |line| expect(first.stdout).to match(line) }

    second = start_here('--print-config', '-C', file('printed.rb', first.stdout))
    expect(second.wait.exitstatus).to eq(0)
    expect(settings_in(second)).to eq(settings_in(first)).and include('persistent_timeout 30')
  end

  it 'refuses what makes no sense in one line' do
    expect_refusal(start_here('-C', 'no.rb'), 'no.rb is not a file that can be read')
    expect_refusal(start_here(environment: { 'PORT' => 'http' }), 'PORT takes a number, not http (try --help)')
    expect_refusal(start_here('-w', 'x'), '-w takes a number or auto, not x (try --help)')
    file('config/hyperion.rb', "port 0\nport 70_000\n")
    expect_refusal(start_here, 'config/hyperion.rb:2: port must be an Integer from 0 to 65535, not 70000')
  end
end
