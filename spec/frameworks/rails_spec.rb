# frozen_string_literal: true

require 'digest'
require 'rails/version'
require 'websocket/driver'

Dir[File.join(__dir__, 'support', '*.rb')].sort.each { |file| require file }

RSpec.describe "Rails #{Rails::VERSION::STRING}, by rails server" do
  extend Frameworks::EachLoop
  include Frameworks::Hijack

  each_loop do |environment|
    before(:context) { @rails = Frameworks::RailsServer.new(environment: environment) }
    after(:context) { @rails.end }

    let(:port) { @rails.port }
    let(:visitor) { Frameworks::Visitor.new(port) }

    after { visitor.close }

    it 'tells that Hyperion boots, and where it listens' do
      port
      expect(@rails.output).to include('=> Booting Hyperion', "=> Rails #{Rails::VERSION::STRING}",
                                       environment.empty? ? '(epoll, 5 threads' : '(ruby, 5 threads')
    end

    it 'renders a view in its layout' do
      answer = visitor.get('/?title=Gr%C3%BC%C3%9Fe%20%3C')
      expect(answer.code).to eq('200')
      expect(answer['content-type']).to eq('text/html; charset=utf-8')
      expect(answer.body.force_encoding('UTF-8')).to include('<title>Notes</title>', '<h1>Grüße &lt;</h1>')
    end

    it 'answers JSON that knows the request, with several cookies' do
      answer = visitor.get('/facts?a[]=1&a[]=2')
      facts = JSON.parse(answer.body)

      expect(facts).to include('method' => 'GET', 'host' => '127.0.0.1', 'port' => port, 'ip' => '127.0.0.1',
                               'url' => "http://127.0.0.1:#{port}/facts?a[]=1&a[]=2", 'query' => { 'a' => %w[1 2] })
      expect(answer.get_fields('set-cookie').size).to be >= 2
    end

    it 'answers 304 for what the client has' do
      etag = visitor.get('/hello')['etag']
      expect(connect(port).get('/hello', "If-None-Match: #{etag}").status).to eq(304)
    end

    it 'answers HEAD without a body' do
      answer = connect(port).request("HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
      expect([answer.status, answer.body]).to eq([200, ''])
    end

    it 'shows an error page, and serves on' do
      expect(visitor.get('/trouble').code).to eq('500')
      expect(visitor.get('/nowhere').code).to eq('404')
      expect(visitor.get('/hello').body).to eq('hello')
    end

    it 'takes a form with a file, within a session' do
      token = visitor.token('/')
      content = Random.new(1).bytes(3_000_000)
      answers = Array.new(2) do
        Tempfile.create(['note', '.bin'], binmode: true) do |file|
          file.write(content)
          file.rewind
          JSON.parse(visitor.post_form('/notes', authenticity_token: token, text: 'Grüße', file: file).body)
        end
      end
      expect(answers.map { |answer| answer['notes'] }).to eq([1, 2])
      expect(answers.first).to include('text' => 'Grüße', 'size' => content.bytesize,
                                       'digest' => Digest::SHA256.hexdigest(content))
    end

    it 'refuses a form without its token' do
      expect(visitor.post_form('/notes', text: 'forged').code).to eq('422')
    end

    it 'sends a file' do
      answer = visitor.get('/cable_client.js')
      expect(answer.body).to include('createConsumer')
      expect(answer.body.bytesize).to eq(answer['content-length'].to_i) if answer['content-length']
    end

    it 'streams events as they are written' do
      client = connect(port)
      client.write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
      head = []
      head << client.take_line until head.last == ''
      expect(head).to include('content-type: text/event-stream')
      seen = +''
      seen << client.take(1) until seen.include?('{"number":3}') # the stream has no end of its own
    end

    it 'ends a stream that is complete, and keeps the connection' do
      client = connect(port)
      answer = client.get('/events?count=3')
      expect(answer.body.scan(/"number":(\d)/).flatten).to eq(%w[1 2 3])
      expect(client.get('/hello').body).to eq('hello')
    end

    it 'notices that a listener has gone' do
      client = connect(port)
      client.write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
      client.take(100)
      expect { client.close }.not_to raise_error
      eventually(within: 10) { expect(@rails.output).to include('the listener has gone') }
    end

    it 'talks over Action Cable' do
      skip_without_hijack
      cable = Frameworks::CableClient.new(port)
      expect(cable.next_message).to include('type' => 'welcome')
      cable.subscribe('EchoChannel')
      expect(cable.next_message).to include('type' => 'confirm_subscription')
      cable.perform('say', text: 'Grüße')
      expect(cable.next_message).to include('message' => { 'echo' => 'Grüße' })
      cable.perform('tell', text: 'y' * 70_000)
      expect(cable.next_message['message']['told'].size).to eq(70_000)
    ensure
      cable&.close
    end

    it 'keeps its threads while many talk over Action Cable' do
      skip_without_hijack
      cables = Array.new(20) { Frameworks::CableClient.new(port) }
      cables.each { |cable| expect(cable.next_message).to include('type' => 'welcome') }
      expect(Array.new(10) { visitor.get('/hello').body }).to all(eq('hello'))
    ensure
      cables&.each(&:close)
    end
  end

  describe 'Ctrl-C' do
    each_loop do |environment|
      it 'finishes what is in flight, and exits 0' do
        rails = Frameworks::RailsServer.new('-b', '127.0.0.1', '-e', 'production', environment: environment)
        client = connect(rails.port)
        client.write("GET /events?count=20 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.take(100)
        rails.process.signal(:INT)

        expect(rails.process.wait(within: 20).exitstatus).to eq(0)
        expect(rails.output).to include('Exiting')
        client.take_rest.then { |rest| expect(rest).to include('{"number":20}') }
      ensure
        rails&.end
      end
    end
  end

  it 'takes what the user asks for: address and environment' do
    rails = Frameworks::RailsServer.new('-b', '127.0.0.1', '-e', 'production')
    expect(connect(rails.port).get('/hello').body).to eq('hello')
    expect(rails.output).to include("http://127.0.0.1:#{rails.port}", 'starting in production')
  ensure
    rails&.end
  end

  it 'reads the configuration file of its environment, over which the user wins' do
    rails = Frameworks::RailsServer.new('-b', '127.0.0.1', '-e', 'test')
    bodies = %w[/hello /static].map { |path| connect(rails.port).get(path).body }
    expect(bodies).to eq(['hello', 'by the configuration file'])
    expect(rails.output).to include("http://127.0.0.1:#{rails.port}", '2:3 threads')
  ensure
    rails&.end
  end

  it 'restarts on USR2, with its listener open' do
    rails = Frameworks::RailsServer.new('-b', '127.0.0.1', '-e', 'production')
    expect(connect(rails.port).get('/hello').body).to eq('hello')
    rails.process.signal(:USR2)
    eventually(within: 60) { expect(rails.output.scan('listening on').size).to eq(2) }
    expect(connect(rails.port).get('/hello').body).to eq('hello')
    rails.process.signal(:TERM)
    expect(rails.process.wait(within: 20).exitstatus).to eq(0)
  ensure
    rails&.end
  end

  it 'tells that the port is in use' do
    taken = TCPServer.new('127.0.0.1', 0)
    rails = Frameworks::RailsServer.new('-b', '127.0.0.1', '-p', taken.local_address.ip_port.to_s)
    expect(rails.process.wait(within: 30)).not_to be_success
    expect(rails.output).to match(/in use/i)
  ensure
    taken.close
    rails&.end
  end
end

RSpec.describe 'A page of a Rails application, in headless Chromium', :browser do
  extend Frameworks::EachLoop
  include Frameworks::Hijack

  before { skip('there is no Chromium') unless Frameworks::Chromium.path }

  each_loop do |environment|
    before(:context) { @rails = Frameworks::RailsServer.new(environment: environment) }
    after(:context) { @rails.end }

    # What the page has found out, once it tells.
    def report(port)
      eventually(within: 45) do
        answer = connect(port).get('/report')
        expect(answer.status).to eq(200)
        JSON.parse(answer.body)
      end
    end

    it 'posts a form with a file, uploads, listens to events, and talks over a WebSocket' do
      Dir.mktmpdir('hyperion-chromium') do |directory|
        browser = start_process(*Frameworks::Chromium.command("http://127.0.0.1:#{@rails.port}/browser", directory))
        found = report(@rails.port)
        browser.signal(:TERM)
        browser.wait

        expect(found['form']).to include('text' => 'Grüße', 'name' => 'päper.txt', 'size' => 300_000)
        expect(found['upload']).to include('status' => 200, 'text' => 'by fetch', 'size' => 2 * 1024 * 1024)
        expect(found['events']).to eq([1, 2, 3, 4, 5])
        skip_without_hijack
        expect(found['cable']).to eq('echo' => 'Grüße', 'told' => 70_000)
      end
    end
  end
end

RSpec.describe "Rails #{Rails::VERSION::STRING}, by hyperion under a service manager" do
  before { @manager = PretendedManager.new }
  after { @manager.close }

  ['--no-preload', '--preload'].each do |preload|
    it "boots, restarts and stops, and fails no request (#{preload})" do
      executable = File.join(StartedProcess::PROJECT, 'exe', 'hyperion')
      command, options = @manager.unit(RbConfig.ruby, executable, '-w', '2', preload)
      process = start_process(*command, **options, directory: Frameworks::RailsServer::DIRECTORY)
      early = connect(@manager.port).write(raw('GET /hello HTTP/1.1', 'Host: localhost'))
      @manager.await('READY=1')
      expect(early.response.body).to eq('hello')

      %i[USR1 USR2].each do |signal|
        renewed = process.output.scan('all workers are renewed').size
        process.signal(signal)
        until process.output.scan('all workers are renewed').size > renewed
          expect(get(@manager.port, '/hello').body).to eq('hello')
          close_clients
        end
      end

      process.signal(:TERM)
      @manager.await('STOPPING=1')
      expect(process.wait.exitstatus).to eq(0)
      expect(process.output).not_to include('worker has died')
    end
  end
end
