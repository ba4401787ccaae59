# frozen_string_literal: true

require 'time'

module Hyperion
  module Control
    # One frame of `hyperion top`, as lines of text.
    #
    # @example
    #   Hyperion::Control::TopView.new(width: 80, height: 24).lines(Difference.new(now, before), url: 'unix:///a.sock')
    # @api private
    class TopView
      # Of the bars that show how many threads are busy.
      BAR = 16

      STATES = %w[idle reading_head reading_body waiting writing lingering].freeze
      KINDS = %w[static route app health refused].freeze
      CLASSES = %w[1xx 2xx 3xx 4xx 5xx].freeze
      HEADER = format('%6s %8s %-7s %-18s %7s %9s %10s %9s', 'WORKER', 'PID', 'STATE', 'THREADS', 'BACKLOG', 'REQ/S',
                      'REQUESTS', 'MEMORY').freeze
      UNKNOWN = '-'
      private_constant :STATES, :KINDS, :CLASSES, :HEADER, :UNKNOWN

      # @param width [Integer] columns that there are
      # @param height [Integer] lines that there are
      def initialize(width:, height:)
        @width = width
        @height = height
      end

      # @param difference [Difference]
      # @param url [String] of the control server
      # @param time [Time]
      # @return [Array<String>] no longer and no more than there is room for
      def lines(difference, url:, time: Time.now)
        @difference = difference
        @sample = difference.now
        all = [title(url, time), requests, responses, connections, threads, times, memory, '', HEADER, *workers]
        fit(all)
      end

      private

      def fit(lines)
        lines = [*lines.first(@height - 1), "... #{lines.size - @height + 1} more"] if lines.size > @height
        lines.map { |line| line[0, @width] }
      end

      def title(url, time)
        version = @sample.stats.dig(:versions, :hyperion)
        started = @sample.stats[:started_at]
        up = started ? "up #{duration(time - Time.parse(started))}" : 'starting'
        phase = ", phase #{@sample.stats[:phase]}" if @sample.cluster?
        "hyperion #{version}  #{url}  #{up}#{phase}  #{time.strftime('%H:%M:%S')}"
      end

      # ---- all processes together ----

      def requests
        row('requests/s', rate('requests_total'), KINDS.map { |kind| [kind, rate('requests_total', 'kind' => kind)] })
      end

      def responses
        pairs = CLASSES.map { |name| [name, rate('responses_total', 'class' => name)] }
        row('answers/s', rate('responses_total'), [*pairs, ['shed', rate('requests_shed_total')]])
      end

      def connections
        pairs = STATES.map { |state| [state.tr('_', ' '), count(@sample.sum('connections', 'state' => state))] }
        row('connections', count(@sample.sum('connections')), [*pairs, ['new/s', rate('connections_accepted_total')]])
      end

      def threads
        busy, most, queued = %w[busy_threads max_threads queued_requests].map { |name| @sample.sum(name) }
        row('threads', "#{count(busy)}/#{count(most)}",
            [['busy', bar(busy, most)], ['queued', count(queued)], ['time-outs/s', rate('timeouts_total')]])
      end

      def times
        pairs = [['p50', 0.5], ['p90', 0.9], ['p99', 0.99]].map { |name, share| [name, quantile('request', share)] }
        row('latency', '', [*pairs, ['queue p99', quantile('queue', 0.99)]])
      end

      def memory
        gc = @difference.rate('gc_seconds_total')
        row('memory', bytes(@sample.sum('resident_memory_bytes')),
            [['gc', gc ? format('%.1f%%', gc * 100) : UNKNOWN], ['gc runs/s', rate('gc_runs_total')],
             ['objects/s', rate('allocated_objects_total')],
             ['workers', count(@sample.sum('workers'))], ['exits', count(@sample.sum('worker_exits_total'))]])
      end

      def row(name, total, pairs)
        format('%-12s %9s   %s', name, total, pairs.map { |label, value| "#{label} #{value}" }.join('  '))
      end

      # ---- each process ----

      def workers
        @sample.workers.map do |worker|
          busy, most = worker.values_at(:busy_threads, :max_threads).map(&:to_i)
          format('%6s %8s %-7s %-18s %7s %9s %10s %9s', worker[:index] || UNKNOWN, worker[:pid] || UNKNOWN,
                 worker[:booted] ? 'serves' : 'boots', bar(busy, most), count(worker[:backlog].to_i),
                 number(@difference.worker_rate(worker)), count(worker[:requests_count].to_i),
                 bytes(worker[:resident_bytes].to_i))
        end
      end

      # ---- figures ----

      def rate(name, labels = {})
        number(@difference.rate(name, labels))
      end

      def quantile(name, share)
        seconds = @difference.quantile("#{name}_duration_seconds", share)
        return UNKNOWN unless seconds

        seconds.infinite? ? '>67s' : duration_of_request(seconds)
      end

      def duration_of_request(seconds)
        return format('%.1fs', seconds) if seconds >= 1

        seconds >= 0.001 ? format('%.1fms', seconds * 1000) : format('%dus', (seconds * 1_000_000).round)
      end

      def number(value)
        return UNKNOWN unless value

        value < 10 && value.round(1) != value.round ? format('%.1f', value) : count(value)
      end

      def count(value)
        return value.round.to_s if value < 100_000

        value < 10_000_000 ? "#{(value / 1000.0).round}k" : "#{(value / 1_000_000.0).round}M"
      end

      def bytes(value)
        value < 1 << 30 ? "#{(value / 1_048_576.0).round}MiB" : format('%.1fGiB', value / 1_073_741_824.0)
      end

      def bar(part, whole)
        full = whole.positive? ? [(BAR * part / whole.to_f).ceil, BAR].min : 0
        "[#{'|' * full}#{' ' * (BAR - full)}]"
      end

      def duration(seconds)
        seconds = [seconds.to_i, 0].max
        days, rest = seconds.divmod(86_400)
        "#{"#{days}d " if days.positive?}#{format('%d:%02d:%02d', rest / 3600, rest / 60 % 60, rest % 60)}"
      end
    end
  end
end
