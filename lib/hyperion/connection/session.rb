# frozen_string_literal: true

module Hyperion
  class Connection
    # One connection being served: asks the exchange what it wants, and does that on the socket. It waits for nothing
    # between requests: whoever drives it is told what to wait for, and may serve others meanwhile.
    #
    # @api private
    class Session
      # What a connection need not have.
      #
      # @!attribute [w] others
      #   @return [#call, nil] answers whether others wait for the thread
      # @!attribute [w] cleaner
      #   @return [#call, nil] called after each request
      # @!attribute [w] queue_timeout
      #   @return [Numeric, nil] seconds that a request may wait for a thread; 0: any
      attr_writer :others, :cleaner, :queue_timeout

      # @return [BasicSocket]
      attr_reader :socket

      # @param socket [BasicSocket]
      # @param exchange [Http::Exchange]
      # @param app [#call, nil]
      # @param partial [String, nil] bytes read already
      # @param runtime [Runtime]
      # @param observer [RequestObserver]
      # @param reporter [ErrorReporter]
      def initialize(socket, exchange, app, runtime:, observer:, reporter:, partial: nil)
        @socket = socket
        @exchange = exchange
        @input = Input.new(socket, exchange, partial, runtime: runtime, reporter: reporter)
        @output = Output.new(socket, exchange)
        @time_outs = TimeOuts.new(exchange, @input)
        @answers = Answers.new(socket, exchange, app, observer: observer, reporter: reporter) { send_answer }
        @answered = @moved = false
      end

      # @param stopping [StopSignal, nil]
      def stopping=(stopping)
        @stopping = @input.stopping = @answers.stopping = @time_outs.stopping = stopping
      end

      # @param seconds [Numeric, nil] for a whole request to arrive
      def request_seconds=(seconds)
        @time_outs.request_seconds = seconds
      end

      # @param in_flight [InFlight, nil]
      def in_flight=(in_flight)
        @in_flight = @answers.in_flight = in_flight
      end

      # Serves the connection for as long as it need not wait. Its thread is given up sooner when others want it.
      #
      # @param buffer [String] for what is received; the session's until this returns
      # @param waited [Float, nil] seconds that the connection has waited for its thread
      # @return [:readable, :writable, :turn, nil] what is to come before the next call, unless {#deadline} does;
      #   `:turn`: nothing; nil: the connection is over
      def run(buffer, waited = nil)
        @buffer = buffer
        @waited = waited
        @moved = false
        @time_outs.look
        @input.take_partial
        outcome = step(@exchange.want)
        outcome = step(@exchange.want) while outcome == :on
        @input.tell_hits
        outcome
      rescue ClientDisconnected, IOError, SystemCallError
        nil
      end

      # Waits for what {#run} has told.
      #
      # @param awaited [:readable, :writable, :turn]
      # @return [void]
      def wait(awaited)
        return if awaited == :turn

        left = deadline&.then { |at| [at - Deadline.now, 0].max }
        left = [left, Deadline::PART_SECONDS].compact.min if @stopping&.set? # which may give less time meanwhile
        readers = [(@socket if awaited == :readable), (@stopping unless @stopping&.set?)].compact
        IO.select(readers, awaited == :writable ? [@socket] : nil, nil, left)
      end

      # @return [Float, nil] when it is to go on though nothing has come; nil: never
      def deadline
        @time_outs.deadline
      end

      # @return [Boolean] whether it is between two requests, as far as this side knows
      def idle?
        @answered && @input.since.nil?
      end

      # @return [Boolean] whether it goes on though its thread was lost amid a request
      def goes_on?
        @answers.killed? && !hijacked?
      end

      # Ends the connection; a socket that the application has taken stays open.
      #
      # @return [void]
      def finish
        @exchange.leave
        @socket.close unless hijacked?
      rescue IOError, SystemCallError
        nil # it is gone
      end

      private

      def hijacked?
        @answers.hijacked?
      end

      # `:on` while there is something to do. What has been done once in this turn is not done again while others wait.
      def step(want)
        return if hijacked?

        case want
        when :recv then others_wait? ? :turn : receive
        when :send then send_output
        when :dispatch then others_wait? ? :turn : answer
        when :linger then linger
        end
      end

      def others_wait?
        @moved && @others&.call
      end

      # ---- bytes in ----

      # What the client has sent is looked at first, so that nothing is lost when the connection is to end.
      def receive
        @input.tell_hits
        return await_bytes unless @input.receive(@buffer)

        @moved = true
        :on
      end

      def await_bytes
        @in_flight&.collect_garbage_if_due unless @others&.call
        @time_outs.over? ? :on : :readable
      end

      # ---- bytes out ----

      # What the application waits for.
      def send_answer
        answering
        @output.send_all
      end

      def send_output
        answering
        @output.send_some || @time_outs.expired? ? :on : :writable
      end

      def answering
        @input.answering
        @answered = true
      end

      def linger
        @output.linger
        :on
      end

      # ---- answers ----

      def answer
        @input.answering
        @exchange.drain if @stopping&.set?
        late? ? @exchange.refuse_late(@waited) : serve
        @moved = true
        :on
      end

      def late?
        @waited && @queue_timeout&.positive? && @waited > @queue_timeout
      end

      def serve
        waited = @waited
        @waited = nil
        @answers.serve(waited)
        @cleaner&.call
      end
    end
  end
end
