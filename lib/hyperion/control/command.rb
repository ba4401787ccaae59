# frozen_string_literal: true

require 'optparse'

require_relative 'top'
require_relative 'whereabouts'

module Hyperion
  module Control
    # A sub-command of `hyperion`, such as `hyperion stats`: asks the control server of a process, or sends the process
    # a signal where that will do and no control server is known.
    #
    # @example
    #   exit Hyperion::Control::Command.new('stats').run(%w[-S tmp/hyperion.state])
    class Command
      # Exit status when the process does not run, or does not do it.
      FAILURE = 1

      # Exit status for a command line or file that makes no sense.
      USAGE = 64

      # What there is, and what is said of each.
      NAMES = {
        'stats' => 'counters, as Puma has them',
        'status' => 'tell whether the process answers',
        'restart' => 'drain, and execute the same command anew',
        'phased-restart' => 'renew the workers, one after the other',
        'stop' => 'drain, and end',
        'halt' => 'end at once',
        'thread-backtraces' => 'what every thread is doing',
        'gc' => 'collect garbage',
        'gc-stats' => 'the counters of the garbage collector',
        'metrics' => 'the metrics, as Prometheus reads them',
        'top' => 'watch it live'
      }.freeze

      # What has the same effect where there is no control server; 0 has none.
      SIGNALS = { 'status' => 0, 'stop' => 'TERM', 'halt' => 'KILL', 'restart' => 'USR2', 'phased-restart' => 'USR1',
                  'thread-backtraces' => Signal.list.key?('PWR') ? 'PWR' : 'INFO' }.freeze

      # Those whose answer is JSON to be read.
      TOLD = %w[stats gc-stats].freeze

      # @param name [String] one of {NAMES}
      # @param stdout [IO]
      # @param stderr [IO]
      def initialize(name, stdout: $stdout, stderr: $stderr)
        @name = name
        @stdout = stdout
        @stderr = stderr
        @said = {}
        @top = {}
      end

      # @param arguments [Array<String>] what follows the name
      # @return [Integer] the exit status: 0, {FAILURE} or {USAGE}
      def run(arguments)
        rest = parser.parse(arguments)
        raise ArgumentError, "#{@name} takes no #{rest.first}" if rest.any?
        return 0 if @told

        obey(Whereabouts.new(@said, file: @file))
      rescue OptionParser::ParseError, ArgumentError => e
        complain("#{first_line(e)} (try hyperion #{@name} --help)", USAGE)
      rescue Error, SystemCallError => e
        complain(first_line(e), FAILURE)
      end

      private

      # ---- the command line ----

      def parser
        OptionParser.new do |opts|
          opts.banner = "Usage: hyperion #{@name} [options]: #{NAMES.fetch(@name)}"
          place_options(opts)
          opts.on('-C', '--config FILE', 'the process\'s settings (default: config/hyperion.rb)') { |file|
            @file = file
          }
          top_options(opts) if @name == 'top'
          opts.on('-h', '--help', 'show this') { tell(opts.to_s) }
        end
      end

      def place_options(opts)
        opts.on('--control-url URL', 'where its control server is') { |url| say(:control_url, url) }
        opts.on('--control-token TOKEN', 'what that wants to hear') { |token| say(:control_token, token) }
        opts.on('-S', '--state FILE', 'its state file, which tells both') { |path| say(:state_path, path) }
        opts.on('--pidfile FILE', 'has its number') { |path| say(:pidfile, path) }
        opts.on('--pid NUMBER', OptionParser::DecimalInteger, 'its number') { |pid| @said[:pid] = positive(pid) }
      end

      def top_options(opts)
        opts.on('-i', '--interval SECONDS', Float, 'between two looks (default: 1)') do |seconds|
          raise ArgumentError, '--interval takes 0.1 seconds at least' if seconds < 0.1

          @top[:interval] = seconds
        end
        opts.on('-n', '--count N', OptionParser::DecimalInteger, 'end after so many') do |count|
          @top[:count] = positive(count)
        end
      end

      def say(name, value)
        @said[name] = Configuration.check(name, value)
      end

      def positive(number)
        number.positive? ? number : raise(ArgumentError, "a number above 0 is needed, not #{number}")
      end

      # ---- what is asked for ----

      def obey(whereabouts)
        client = whereabouts.client
        return ask(client) if client

        signal = SIGNALS[@name]
        pid = whereabouts.pid if signal
        return send_signal(signal, pid) if pid

        raise Error, signal ? 'no process is known; name its control server, state file or pidfile' : NO_SERVER
      end

      NO_SERVER = 'no control server is known; say --control-url URL or --state FILE'
      private_constant :NO_SERVER

      def ask(client)
        case @name
        when 'top' then return Top.new(client, stdout: @stdout, **@top).run
        when 'metrics' then @stdout.write(client.get('/metrics'))
        when 'thread-backtraces' then show_threads(client.json('/thread-backtraces'))
        else show(client.json("/#{@name}"))
        end
        0
      end

      def send_signal(signal, pid)
        Process.kill(signal, pid)
        tell(signal == 'PWR' || signal == 'INFO' ? "process #{pid} tells its log" : "#{@name}: process #{pid}")
        0
      rescue Errno::ESRCH
        raise Error, "there is no process #{pid}"
      end

      # ---- telling ----

      def show(answer)
        tell(TOLD.include?(@name) ? JSON.pretty_generate(answer) : "#{@name}: #{answer.fetch(:status)}")
      end

      # A cluster's are by worker.
      def show_threads(answer)
        processes = answer.is_a?(Hash) ? answer : { nil => answer }
        raise Error, 'no worker has answered in time' if processes.empty?

        processes.each do |worker, threads|
          threads.each do |thread|
            tell("#{"worker #{worker}: " if worker}#{thread[:name]}", *thread[:backtrace].map { |line| "    #{line}" })
          end
        end
      end

      def tell(*lines)
        @told = true
        @stdout.puts(lines)
      end

      def complain(message, status)
        @stderr.puts("hyperion: #{message}")
        status
      end

      def first_line(error)
        error.message.lines.first.to_s.chomp
      end
    end
  end
end
