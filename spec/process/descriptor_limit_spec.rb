# frozen_string_literal: true

require 'etc'

RSpec.describe 'A server that runs out of descriptors' do
  let(:path) { rackup_file("# frozen_string_literal: true\nrun ->(_env) { [200, {}, ['hello']] }\n") }

  # Seconds of CPU that the process has used so far.
  def cpu_seconds(process)
    File.read("/proc/#{process.pid}/stat").split.values_at(13, 14).sum(&:to_f) / Etc.sysconf(Etc::SC_CLK_TCK)
  end

  { 'the C loop' => {}, 'the Ruby accept loop' => { 'HYPERION_C_ACCEPT_LOOP' => '0' },
    'the C loop on io_uring' => { 'HYPERION_IO_URING_ACCEPT' => '1' } }.each do |name, environment|
    missing = Hyperion::Server::IoUring.trouble if environment.key?('HYPERION_IO_URING_ACCEPT')

    it "waits without spinning, and goes on when there are some again: #{name}", skip: missing do
      process = start_process('sh', '-c', 'ulimit -n 40; exec "$@"', 'sh',
                              RbConfig.ruby, '-I', 'lib', 'exe/hyperion', path, '-p', '0', '-t', '60',
                              environment: environment)
      many = Array.new(60) { connect(process) }
      expect(many.first.get('/').body).to eq('hello')
      before = cpu_seconds(process)
      expect(many.last).to be_silent(1)
      expect(cpu_seconds(process) - before).to be < 0.3

      many.first(50).each(&:close)
      expect(many.last(10).map { |client| client.get('/').body }).to all(eq('hello'))
      expect(process.stderr.lines.size).to be < 100
    end
  end
end
