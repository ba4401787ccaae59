# frozen_string_literal: true

RSpec.describe Hyperion::RackEnv do
  def template(release, host: '127.0.0.1')
    described_class.template(host: host, port: 80, errors: $stderr, rack_release: release)
  end

  it 'says what is the same for every request' do
    expect(template('3.1.0')).to eq(
      'SCRIPT_NAME' => '', 'SERVER_NAME' => '127.0.0.1', 'SERVER_PORT' => '80',
      'SERVER_SOFTWARE' => "hyperion/#{Hyperion::VERSION}", 'GATEWAY_INTERFACE' => 'CGI/1.2',
      'rack.url_scheme' => 'http', 'rack.errors' => $stderr
    )
  end

  it 'has what Rack 2 wants' do
    expect(template('2.2.9')).to include('rack.version' => [1, 3], 'rack.multithread' => true,
                                         'rack.multiprocess' => false, 'rack.run_once' => false)
    expect(template('3.0.0')).not_to include('rack.version')
  end

  it 'has an input where Rack wants one for every request' do
    %w[2.2.9 3.0.11].each { |release| expect(template(release)['rack.input']).to be_a(described_class::NullInput) }
  end

  it 'has a place for the protocol where Rack had two' do
    %w[2.2.9 3.0.11].each { |release| expect(template(release)).to include('HTTP_VERSION') }
  end

  it 'is frozen, and so is what it holds' do
    expect(template('3.1.0')).to be_frozen
    expect(template('3.1.0').values.grep(String)).to all(be_frozen)
  end

  it 'names no wildcard, and brackets an IPv6 address' do
    expect(template('3.1.0', host: '0.0.0.0')['SERVER_NAME']).to eq('localhost')
    expect(template('3.1.0', host: '::')['SERVER_NAME']).to eq('localhost')
    expect(template('3.1.0', host: '::1')['SERVER_NAME']).to eq('[::1]')
  end

  describe described_class::NullInput do
    let(:input) { described_class.new }

    it 'reads as an IO at its end' do
      expect(input.read).to eq('')
      expect(input.read(10)).to be_nil
      expect(input.read(0)).to eq('')
      expect(input.read(nil, buffer = +'old')).to be(buffer)
      expect(buffer).to eq('')
      expect(input.gets).to be_nil
      expect { |block| input.each(&block) }.not_to yield_control
      expect(input.rewind).to eq(0)
    end
  end
end
