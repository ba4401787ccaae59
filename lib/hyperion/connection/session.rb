# frozen_string_literal: true

module Hyperion
  class Connection
    # One connection being served: asks the exchange what it wants, and does that on the socket.
    #
    # @api private
    class Session
      # One receive.
      READ_BYTES = 16_384

      # An idle connection looks so often whether it ought to make room.
      CROWD_SECONDS = 0.1

      # What a connection need not have.
      #
      # @!attribute [w] request_seconds
      #   @return [Numeric, nil] for a whole request to arrive
      # @!attribute [w] crowded
      #   @return [#call, nil]
      # @!attribute [w] idle
      #   @return [IdleSockets, nil]
      # @!attribute [w] cleaner
      #   @return [#call, nil] called after each request
      attr_writer :request_seconds, :crowded, :idle, :cleaner

      # @param socket [BasicSocket]
      # @param exchange [Http::Exchange]
      # @param app [#call, nil]
      # @param runtime [Runtime]
      # @param observer [RequestObserver]
      # @param reporter [ErrorReporter]
      def initialize(socket, exchange, app, runtime:, observer:, reporter:)
        @socket = socket
        @exchange = exchange
        @output = Output.new(socket, exchange)
        @reporter = reporter
        @answers = Answers.new(socket, exchange, app, observer: observer, reporter: reporter) { send_output }
        @runtime = runtime
        @tell_hit = Server::ConnectionLoop.build_lifecycle_callback(runtime)
        @buffer = String.new(capacity: READ_BYTES)
        @answered = @late = false
        @waited = nil
        @collecting = false
        @reading_since = nil
      end

      # @param stopping [StopSignal, nil]
      def stopping=(stopping)
        @stopping = @answers.stopping = stopping
      end

      # @param in_flight [InFlight, nil]
      def in_flight=(in_flight)
        @in_flight = @answers.in_flight = in_flight
      end

      # What the first request was kept waiting by, before this thread had the connection.
      #
      # @param seconds [Float]
      # @param limit [Numeric, nil] beyond which it is refused; 0: never
      # @return [void]
      def waited(seconds, limit)
        @waited = seconds
        @late = limit&.positive? && seconds > limit
      end

      # @return [Boolean] whether the application has taken the socket
      def hijacked?
        @answers.hijacked?
      end

      # @param partial [String, nil] bytes read already
      # @return [nil]
      def run(partial)
        feed(partial) unless partial.nil? || partial.empty?
        nil until hijacked? || !step(@exchange.want)
        tell_hits
      rescue ClientDisconnected, IOError, SystemCallError
        nil
      end

      private

      # True while the connection goes on.
      def step(want)
        case want
        when :recv then receive
        when :send then send_output
        when :dispatch then answer
        when :linger then @output.linger
        else return false
        end
        true
      end

      # ---- bytes in ----

      # What the client has sent is looked at first, so that nothing is lost when the connection is to end.
      def receive
        tell_hits
        case bytes = @socket.read_nonblock(READ_BYTES, @buffer, exception: false)
        when :wait_readable then wanted_elsewhere? ? leave : await_bytes
        when nil then @exchange.eof
        else feed(bytes)
        end
      rescue SystemCallError
        @exchange.error
      end

      def feed(bytes)
        @reading_since ||= now
        @collecting = @runtime.has_request_hooks?
        @exchange.collect_hits = @collecting
        leaving? ? feed_last(bytes) : @exchange.receive(bytes)
        @exchange.take_trouble&.then { |error| @reporter.trouble('cannot keep a request body', error) }
      end

      # A drain closes what is idle, and makes any other answer the last; so it comes when the first byte is in.
      def feed_last(bytes)
        @exchange.receive(bytes.byteslice(0, 1))
        @exchange.drain
        @exchange.receive(bytes.byteslice(1, bytes.bytesize - 1)) if @exchange.want == :recv
      end

      # An idle connection may meanwhile be made to give way.
      def await_bytes
        @in_flight&.collect_garbage_if_due unless @crowded&.call
        watched = [@socket, (@stopping unless @stopping&.set?)]
        return wait(*watched) unless @idle && idle?

        @idle.during(@socket) { wait(*watched) }
      end

      # Until there are bytes, or something else happens.
      def wait(*watched)
        deadline = [@exchange.deadline, reading_deadline].compact.min
        left = deadline && [deadline - now, 0].max
        left = [left, CROWD_SECONDS].compact.min if @crowded && idle?
        left = [left, @stopping.patience].compact.min if @stopping&.set? && @stopping.patience.positive?
        readable = IO.select(watched.compact, nil, nil, left)
        return unless readable.nil? && deadline && now >= deadline

        overdue? ? @exchange.expire : @exchange.timeout
      end

      def reading_deadline
        @reading_since + @request_seconds if @reading_since && @request_seconds
      end

      def overdue?
        deadline = reading_deadline
        deadline && now >= deadline
      end

      # Between two requests, as far as this side knows.
      def idle?
        @answered && @reading_since.nil?
      end

      # ---- the end ----

      # The pool winds up, or others wait for a thread.
      def leaving?
        @stopping&.set? || @crowded&.call
      end

      # A client that has had no answer yet is waited for, however many others wait.
      def wanted_elsewhere?
        (@stopping&.set? && @stopping.patience.zero?) || (@answered && @crowded&.call)
      end

      # Closes what is idle; what is not is answered first.
      def leave
        @exchange.drain
        wait(@socket) if @exchange.want == :recv
      end

      # ---- bytes out ----

      def send_output
        @reading_since = nil
        @answered = true
        @output.send_all
      end

      # ---- answers ----

      def answer
        @reading_since = nil
        @exchange.drain if leaving?
        return @exchange.refuse_late(@waited) if @late && !@answered

        @answers.serve(@answered ? nil : @waited)
        @cleaner&.call
      end

      # ---- hooks ----

      # Static hits are told once their bytes are out.
      def tell_hits
        return unless @collecting

        @exchange.hits.each { |method, path| @tell_hit.call(method, path) }
      end

      def now = Deadline.now
    end
  end
end
