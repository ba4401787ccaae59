# frozen_string_literal: true

RSpec.describe Hyperion::Bind do
  {
    'tcp://127.0.0.1:3000' => { host: '127.0.0.1', port: 3000, path: nil, backlog: 1024 },
    'tcp://app.example:0?backlog=16' => { host: 'app.example', port: 0, backlog: 16 },
    'tcp://[::1]:80' => { host: '::1', port: 80 },
    'unix:///run/app.sock' => { path: '/run/app.sock', host: nil, port: nil, umask: nil, mode: nil, backlog: 1024 },
    'unix:///run/app.sock?umask=0117&mode=660&backlog=5' => { umask: 0o117, mode: 0o660, backlog: 5 },
    'unix://tmp/app.sock' => { path: 'tmp/app.sock' },
    'unix:///run/my%20app.sock' => { path: '/run/my app.sock' },
    'unix://@app' => { path: '@app', abstract?: true }
  }.each do |uri, parts|
    it "reads #{uri}" do
      expect(described_class.parse(uri)).to have_attributes(parts)
    end
  end

  ['udp://127.0.0.1:1', 'tcp://127.0.0.1', 'tcp://127.0.0.1:70000', 'tcp://::1:80', 'tcp://a:1?mode=600',
   'tcp://a:1?backlog=0', 'tcp://user@a:1', 'unix://', 'unix:///a?mode=999', 'unix:///a?colour=red',
   'localhost', ''].each do |uri|
    it "refuses #{uri.inspect}, and says what it takes" do
      expect { described_class.parse(uri) }
        .to raise_error(ArgumentError, /\Acannot listen on #{Regexp.escape(uri)}: .*tcp:.*unix:/)
      expect(described_class.valid?(uri)).to be(false)
    end
  end

  it 'writes itself so that it can be read again' do
    ['tcp://[::1]:80', 'tcp://a:1', 'unix:///run/my%20app.sock', 'unix:///100%25%3F'].each do |uri|
      expect(described_class.parse(uri).to_s).to eq(uri)
    end
  end

  it 'is what a client says, as a URL' do
    expect(described_class.tcp('::1', 80).url).to eq('http://[::1]:80')
    expect(described_class.new(path: '/run/a').url).to eq('unix:///run/a')
  end
end
