# frozen_string_literal: true

require_relative 'failure'
require_relative 'http_client'
require_relative 'server_process'
require_relative 'wrk'

module Bench
  # One start of one contestant: its answer is checked, it is warmed up, then measured under load.
  class Measurement
    WARM_UP_SECONDS = 1
    EXPECTED_BODY = 'hello'

    # CPU time per answer in microseconds, resident memory in MiB, and what wrk saw.
    Sample = Struct.new(:cpu_per_answer, :resident_mib, :load, keyword_init: true)

    def initialize(contestant, seconds:, connections:)
      @contestant = contestant
      @seconds = seconds
      @connections = connections
    end

    def run
      ServerProcess.run(@contestant) do |server|
        check_answer(server)
        wrk = Wrk.new("http://127.0.0.1:#{server.port}#{@contestant.path}", connections: @connections)
        wrk.run(WARM_UP_SECONDS)
        sample(server.processes, wrk)
      end
    end

    private

    # Twice on one connection, so that a server which loses it is found out here.
    def check_answer(server)
      client = HttpClient.new(server.port, @contestant.path)
      2.times do
        body = client.get
        raise Failure, "#{@contestant.name} answers #{body.byteslice(0, 100).inspect}" unless body == EXPECTED_BODY
      end
    ensure
      client&.close
    end

    def sample(processes, wrk)
      before = processes.cpu_seconds
      load = wrk.run(@seconds)
      spent = processes.cpu_seconds - before
      raise Failure, "#{@contestant.name} answered nothing: #{load.trouble}" if load.answers.zero?

      Sample.new(cpu_per_answer: spent / load.answers * 1e6, resident_mib: processes.resident_mib, load: load)
    end
  end
end
