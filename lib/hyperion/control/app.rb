# frozen_string_literal: true

require 'json'
require 'uri'

require_relative 'token'

module Hyperion
  module Control
    # The application of a control server: JSON at the paths that Puma's has, and the metrics as Prometheus reads them.
    # What ends or restarts the process is done when the answer is out.
    #
    # The token comes as `authorization: Bearer TOKEN` or, as Puma's tools send it, as `?token=TOKEN`.
    #
    # @api private
    class App
      # Path => what the target is asked for.
      QUESTIONS = { '/stats' => :stats, '/thread-backtraces' => :thread_backtraces, '/gc-stats' => :gc_stats }.freeze

      # Path => what the target is to do afterwards.
      ORDERS = { '/stop' => :stop, '/halt' => :halt, '/restart' => :restart,
                 '/phased-restart' => :phased_restart }.freeze

      # What the paths may be asked by.
      METHODS = %w[GET HEAD POST].freeze

      # The body of an answer that has nothing to tell.
      OK = { status: 'ok' }.freeze

      BEARER = /\ABearer +(\S+)\z/i
      private_constant :BEARER

      # @param target [#stats, #stop, #halt, #restart, #phased_restart, #thread_backtraces, #gc, #gc_stats, #metrics]
      #   what is commanded: a {SingleProcess} or a {Cluster}
      # @param token [Token]
      def initialize(target, token)
        @target = target
        @token = token
      end

      # @param env [Hash{String => Object}]
      # @return [Array(Integer, Hash, Array)]
      def call(env)
        return refuse(403, 'the token is missing or wrong') unless @token.accepts?(offered(env))
        return refuse(405, 'use GET or POST',
                      'allow' => METHODS.join(', ')) unless METHODS.include?(env['REQUEST_METHOD'])

        answer(env['PATH_INFO'], env)
      end

      private

      def offered(env)
        env['HTTP_AUTHORIZATION'].to_s[BEARER,
                                       1] || env['QUERY_STRING'].to_s[/(?:\A|&)token=([^&]*)/, 1]&.then do |text|
                                               URI.decode_www_form_component(text)
                                             end
      rescue ArgumentError
        nil
      end

      def answer(path, env)
        case path
        when *QUESTIONS.keys then json(200, @target.public_send(QUESTIONS.fetch(path)))
        when *ORDERS.keys then order(ORDERS.fetch(path), env)
        when '/status' then json(200, OK)
        when '/gc' then collect
        when '/metrics' then reply(200, Metrics::CONTENT_TYPE, @target.metrics)
        else refuse(404, "there is no #{path} here")
        end
      end

      # Takes the connection to be sure that the answer is out: the process may be another at once.
      def order(name, env)
        status, headers, body = json(200, OK)
        say(env['rack.hijack'].call, headers, env['REQUEST_METHOD'] == 'HEAD' ? '' : body.join)
        @target.public_send(name)
        [status, headers, body]
      end

      def say(io, headers, body)
        fields = headers.map { |name, value| "#{name}: #{value}\r\n" }.join
        io.write("HTTP/1.1 200 OK\r\n#{fields}\r\n#{body}")
        io.close_write
      rescue SystemCallError, IOError
        nil # who has asked does not wait for it
      ensure
        io.close
      end

      def collect
        @target.gc
        json(200, OK)
      end

      def refuse(status, error, headers = {})
        json(status, { error: error }, headers)
      end

      def json(status, value, headers = {})
        reply(status, 'application/json', "#{JSON.generate(value)}\n", headers)
      end

      # No connection stays: a worker that is forked meanwhile would hold it open when it is to end.
      def reply(status, type, body, headers = {})
        [status, { 'content-type' => type, 'content-length' => body.bytesize.to_s, 'cache-control' => 'no-store',
                   'connection' => 'close', **headers }, [body]]
      end
    end
  end
end
