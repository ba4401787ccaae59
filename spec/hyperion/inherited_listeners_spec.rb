# frozen_string_literal: true

require 'hyperion/inherited_listeners'

RSpec.describe Hyperion::InheritedListeners do
  def take(environment, **options)
    described_class.take(environment: environment, **options)
  end

  # What a process that has been started with a copy of the listener's sockets would see.
  def handed_over(listener, pid: Process.pid)
    environment, descriptors = described_class.hand_over(listener, pid: pid)
    expect(descriptors).to eq(listener.sockets.uniq.to_h { |socket| [socket.fileno, socket.fileno] })
    environment
  end

  let(:listener) { Hyperion::Listener.open(['tcp://127.0.0.1:0']) }

  after { listener.close }

  it 'takes what was handed over, with the URI that it was opened for, and removes the variable' do
    environment = handed_over(listener)
    taken = take(environment)
    expect(taken.urls).to eq(listener.urls)
    expect(taken.endpoints.map(&:asked)).to eq(['tcp://127.0.0.1:0'])
    expect(taken).not_to be_managed
    expect(environment).to eq({})
    taken.sockets.each { |socket| socket.autoclose = false }
  end

  it 'takes nothing that was handed over to another process' do
    environment = handed_over(listener, pid: Process.ppid)
    expect(take(environment)).to be_nil
    expect(environment).to eq({})
  end

  it "takes a service manager's, from descriptor 3 on" do
    code = <<~'RUBY'
      listener = Hyperion::InheritedListeners.take
      puts listener.urls, listener.managed?, ENV.keys.grep(/LISTEN/).size, listener.sockets.first.close_on_exec?
    RUBY
    output = of_child_with(listener.sockets.first, code)
    expect(output.lines.map(&:chomp)).to eq([*listener.urls, 'true', '0', 'true'])
  end

  it 'takes nothing of a service manager that was meant for another process' do
    expect(take({ 'LISTEN_FDS' => '1', 'LISTEN_PID' => Process.ppid.to_s })).to be_nil
  end

  ['', 'null', '{', '[]', '{"pid": 1}', '3'].each do |told|
    it "takes #{told.inspect} for nothing" do
      expect(take({ described_class::VARIABLE => told })).to be_nil
    end
  end

  # The output of Ruby code in a process that has the socket as its descriptor 3, as a service manager starts it.
  def of_child_with(socket, code)
    script = "ENV['LISTEN_PID'] = Process.pid.to_s; require 'hyperion/inherited_listeners'; require 'hyperion'; #{code}"
    IO.popen([{ 'LISTEN_FDS' => '1', 'LISTEN_FDNAMES' => 'web' }, RbConfig.ruby, '-Ilib', '-e', script,
              { 3 => socket.fileno, chdir: StartedProcess::PROJECT }], &:read)
  end
end
