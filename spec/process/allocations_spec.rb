# frozen_string_literal: true

# What a request costs the garbage collector: a regression that no noise hides. The limits are what stands today; a
# change that needs more has to argue for it here.
RSpec.describe 'Objects allocated for a request' do
  let(:program) do
    rackup_file(<<~RUBY)
      # frozen_string_literal: true
      Hyperion::Server.handle_static(:GET, '/static', 'hello')
      Hyperion::Server.handle(:GET, '/block') { |_env| [200, { 'content-type' => 'text/plain' }, ['hello']] }
      JSON_TEXT = "[\#{Array.new(200) { |id| %({"id":\#{id}}) }.join(',')}]"
      GC.disable
      run(lambda do |env|
        case env['PATH_INFO']
        when '/allocated' then [200, { 'content-type' => 'text/plain' }, [GC.stat(:total_allocated_objects).to_s]]
        when '/json' then [200, { 'content-type' => 'application/json' }, [JSON_TEXT]]
        else [200, { 'content-type' => 'text/plain' }, ['hello']]
        end
      end)
    RUBY
  end

  let(:requests) { 1_000 }
  let(:client) { connect(start_hyperion(program, '-p', '0', '-t', '1')) }

  def allocated
    client.get('/allocated').body.to_i
  end

  # For one of many, as for the first one everything is made that stays.
  def allocated_for(target, *fields)
    requests.times { client.get(target, *fields) }
    before = allocated
    requests.times { client.get(target, *fields) }
    (allocated - before) / requests.to_f
  end

  browser = ['User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
             'Accept: text/html,application/xhtml+xml', 'Accept-Language: en-GB,en;q=0.5',
             'Accept-Encoding: gzip, deflate, br', 'Referer: https://example.org/', 'Connection: keep-alive',
             'Cookie: session=0123456789abcdef', 'Cache-Control: max-age=0']

  ten = [*browser.first(6), 'Cookie: session=0123456789abcdef', 'X-Request-Id: 6f9619ff-8b86-d011-b42d-00c04fc964ff',
         'X-Requested-With: XMLHttpRequest', 'Sec-Fetch-Mode: cors']

  # Target, fields, and how many objects.
  {
    'a static route' => ['/static', [], 0],
    'a route block' => ['/block', [], 11],
    'the application' => ['/', [], 11],
    'the application, for a browser' => ['/', browser, 19],
    'the application, with a few KiB of JSON for ten fields' => ['/json', ten, 22]
  }.each do |what, (target, fields, most)|
    it "stay few: #{what}" do
      expect(allocated_for(target, *fields)).to be <= most + 0.5
    end
  end
end
