# frozen_string_literal: true

RSpec.describe Hyperion::Server::RouteTable, 'while servers run' do
  each_engine do
    it 'may be changed by many threads' do
      client = connect(serve)
      writers = Array.new(4) do |thread|
        Thread.new do
          100.times do |number|
            static_route("/#{thread}/#{number % 10}", "#{thread} #{number}")
            route_block(:GET, "/block/#{thread}") { [200, {}, [number.to_s]] }
            Hyperion::Server.route_table.lookup('GET', "/#{thread}/0")
          end
        end
      end
      seen = []
      seen << [client.get('/0/0').status, client.get('/block/1').status] while writers.any?(&:alive?)
      writers.each(&:value)

      expect(seen.flatten.uniq).to eq([200])
      expect(Hyperion::Server.route_table.size).to eq(44)
      eventually { expect(client.get('/3/9').body).to eq('3 99') }
      eventually { expect(client.get('/block/3').body).to eq('99') }
    end

    it 'may be cleared and filled while requests come' do
      client = connect(serve)
      clearing = Thread.new do
        100.times do
          static_route('/here', 'here')
          route_block(:GET, '/block') { [200, {}, ['block']] }
          Hyperion::Server.route_table.clear
        end
      end
      bodies = []
      bodies.push(client.get('/here').body, client.get('/block').body) while clearing.alive?
      clearing.join

      expect(bodies.uniq - %w[here block hello]).to be_empty
    end
  end
end
