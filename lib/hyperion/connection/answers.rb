# frozen_string_literal: true

module Hyperion
  class Connection
    # Has the application answer the requests of one connection, one after the other, and does for an answer under way
    # what needs the socket: early hints, hijacks, streams.
    #
    # Applications may call what they find in the env from any thread, as long as the request is not answered.
    #
    # @api private
    class Answers
      # The status of a request whose connection another thread will take.
      DEFERRED = -1

      # What a connection need not have.
      #
      # @!attribute [w] stopping
      #   @return [StopSignal, nil]
      # @!attribute [w] in_flight
      #   @return [InFlight, nil] is told of each request
      attr_writer :stopping, :in_flight

      # @param socket [BasicSocket]
      # @param exchange [Http::Exchange]
      # @param app [#call, nil]
      # @param observer [RequestObserver]
      # @param reporter [ErrorReporter]
      # @yield sends what the exchange has to send
      def initialize(socket, exchange, app, observer:, reporter:, &send_output)
        @socket = socket
        @exchange = exchange
        @app = app
        @observer = observer
        @reporter = reporter
        @send_output = send_output
        @env = nil # of the request under way
        @hijacked = nil
        @taken = nil
        @thread = nil # that serves
      end

      # @return [Boolean] whether the application has taken the socket
      def hijacked?
        !@hijacked.nil?
      end

      # @return [Boolean] whether the present thread was killed amid a request, whose answer has been ended nonetheless
      def killed?
        @thread.equal?(Thread.current)
      end

      # Serves the request that the exchange wants dispatched.
      #
      # @param waited [Float, nil] seconds that it has waited for its thread
      # @return [nil]
      def serve(waited = nil)
        env, block = @exchange.take_request(waited)
        equip(env)
        @thread = Thread.current
        @in_flight ? @in_flight.during(env) { respond(env, block || @app) } : respond(env, block || @app)
        @thread = nil
      end

      private

      # What the socket lets an application do beyond answering.
      def equip(env)
        @env = env
        if env['rack.early_hints']
          env['rack.early_hints'] = ->(headers) { send_early_hints(headers) if @env.equal?(env) }
        end
        env['rack.hijack?'] = true
        env['rack.hijack'] = -> { env['rack.hijack_io'] ||= hijack_before_the_answer(env) }
        env
      end

      def respond(env, handler)
        triple = error = nil
        triple = @observer.call(handler, env)
        answer_with(triple)
        over = true
      rescue ClientDisconnected => e
        over = error = e
        @exchange.error
      rescue Exception => e # rubocop:disable Lint/RescueException -- as the engine's workers: an app's exit ends no thread
        over = error = e
        @reporter.call(e, env)
        fail_answer
      ensure
        over ? finish(env, triple, error) : give_up
      end

      def answer_with(triple)
        return close_ignored(triple) if hijacked?
        return defer(triple) if deferred?(triple)

        @exchange.respond(triple) { |what = :send, ended = nil| go_on(what, ended) }
      end

      def fail_answer
        return if hijacked?

        @exchange.emitted? ? @exchange.abort : @exchange.respond_error(500)
      end

      # The thread is being killed: its client is told, unless it is the pool's patience that is over, and that is all.
      def give_up
        @env = nil
        fail_answer
        @send_output.call unless hijacked? || @stopping&.set?
      rescue IOError, SystemCallError
        nil # the client has gone, too
      end

      # The answer is out before anything is called.
      def finish(env, triple, error)
        @env = nil
        return unless Afterwards.any?(env)

        begin
          @send_output.call unless hijacked?
        rescue IOError, SystemCallError => e
          @exchange.error
          error ||= e
        end
        Afterwards.call(env, triple, error, @reporter)
      end

      # ---- pieces ----

      # What an answer under way needs of the socket.
      def go_on(what, ended)
        case what
        when :hijack then hijack_behind_the_head
        when :await then await(ended)
        else send_piece
        end
      end

      # A piece of a streamed body goes out before the next is asked for.
      def send_piece
        @send_output.call
        raise ClientDisconnected, 'the client does not read' if @exchange.want == :close
      rescue IOError, SystemCallError
        @exchange.error
        raise ClientDisconnected, 'the client has gone'
      end

      def send_early_hints(headers)
        @exchange.early_hints(headers)
        send_piece
        nil
      end

      # What another thread ends, or takes, is waited for as long as there is a client.
      def await(ended)
        watched = [ended, @socket]
        until ended.set?
          readable, = IO.select(watched)
          next unless readable.include?(@socket)
          raise ClientDisconnected, 'the client has gone' if gone?

          watched.delete(@socket) # its next request waits, too
        end
      ensure
        ended.close
      end

      def gone?
        byte = @socket.recv_nonblock(1, Socket::MSG_PEEK, exception: false)
        byte.nil? || byte == ''
      rescue SystemCallError
        true
      end

      # ---- hijacks ----

      def hijack_before_the_answer(env)
        raise Error, 'the request is answered already' if !@env.equal?(env) || @exchange.emitted?

        take_socket
      end

      def hijack_behind_the_head
        send_piece
        take_socket
      end

      def take_socket
        @hijacked = @socket
        Http::Hijack.unread(@socket, @exchange.take_unread)
        @taken&.set
        @socket
      end

      # (as the engine's workers understand it)
      def deferred?(triple)
        triple.is_a?(Array) && triple[0] == DEFERRED
      end

      def defer(triple)
        close_ignored(triple)
        @taken = StopSignal.new
        await(@taken) unless hijacked?
      rescue IOError
        raise unless hijacked? # and closed already
      end

      # (as the engine's workers do)
      def close_ignored(triple)
        body = triple[2] if triple.is_a?(Array)
        body.close if body.respond_to?(:close)
      end
    end
  end
end
