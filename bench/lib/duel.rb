# frozen_string_literal: true

require_relative 'measurement'
require_relative 'server_process'
require_relative 'statistics'
require_relative 'wrk'

module Bench
  # Two servers that run at the same time and are loaded in turns of a second, so that what else the machine does meets
  # both alike. Only ratios of neighbouring turns are compared.
  class Duel
    TURN_SECONDS = 1
    WARM_UP_SECONDS = 4

    def initialize(one, other, pairs:, connections:)
      @contestants = [one, other]
      @pairs = pairs
      @connections = connections
    end

    # @return [Float] the median of the last run's ratios, of the second contestant to the first
    attr_reader :ratio

    # A line for each, and one of the ratios.
    def run
      first, last = with_servers { |sides| measure(sides) }.transpose
      ratios = first.zip(last).map { |one, other| other / one }
      @ratio = Statistics.median(ratios)
      [line(@contestants.first.name, first, '%.1f µs'), line(@contestants.last.name, last, '%.1f µs'),
       "#{line('ratio', ratios, '%.2f')}, below 1 in #{ratios.count { |ratio| ratio < 1 }} of #{@pairs}"]
    end

    private

    def with_servers
      first, last = @contestants
      ServerProcess.run(first) do |one|
        ServerProcess.run(last) { |other| yield [side(first, one), side(last, other)] }
      end
    end

    def side(contestant, server)
      wrk = Wrk.new("http://127.0.0.1:#{server.port}#{contestant.path}", connections: @connections)
      wrk.run(WARM_UP_SECONDS)
      [server, wrk]
    end

    # Who is first changes with every pair.
    def measure(sides)
      Array.new(@pairs) do |number|
        number.even? ? sides.map { |side| turn(*side) } : sides.reverse.map { |side| turn(*side) }.reverse
      end
    end

    def turn(server, wrk)
      before = server.processes.cpu_seconds
      answers = wrk.run(TURN_SECONDS).answers
      raise Failure, 'a server answered nothing' if answers.zero?

      (server.processes.cpu_seconds - before) / answers * 1e6
    end

    def line(name, numbers, form)
      format("%-20s median #{form}, from #{form} to #{form}", name, Statistics.median(numbers), *numbers.minmax)
    end
  end
end
