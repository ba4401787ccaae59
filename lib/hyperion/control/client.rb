# frozen_string_literal: true

require 'json'
require 'socket'

require_relative '../bind'
require_relative '../deadline'

module Hyperion
  module Control
    # Asks a control server, which must answer in time.
    #
    # @example
    #   Hyperion::Control::Client.new('unix:///run/app/control.sock', token: 'secret').json('/stats') # => { ... }
    class Client
      # For an answer that all workers have a part in.
      SECONDS = 15

      # Of an answer; the backtraces of all threads of all workers may be long.
      BYTES_MAX = 64 * 1024 * 1024

      READ_BYTES = 65_536
      STATUS = %r{\AHTTP/1\.1 (\d{3}) }
      LENGTH = /^content-length: *(\d+)\r?$/i
      private_constant :READ_BYTES, :STATUS, :LENGTH

      # The server has answered that it will not.
      class Refusal < Error
      end

      # @return [String] where the server is
      attr_reader :url

      # @param url [String] as {Bind} takes it
      # @param token [String, nil]
      # @param seconds [Numeric] for a whole answer
      # @raise [ArgumentError] for another kind of URL
      def initialize(url, token: nil, seconds: SECONDS)
        @url = url
        @bind = Bind.parse(url)
        @token = token
        @seconds = seconds
      end

      # @param path [String]
      # @return [String] the body
      # @raise [Refusal] for an answer other than 200
      # @raise [Error] when there is none
      def get(path)
        status, body = exchange(path)
        return body if status == 200

        raise Refusal, "#{@url} refuses: #{reason(body) || status}"
      rescue SystemCallError, SocketError, IOError => e
        raise Error, "no answer from #{@url}: #{e.message}"
      end

      # @param path [String]
      # @return [Object] the body, with Symbols for names
      # @raise (see #get)
      def json(path)
        JSON.parse(get(path), symbolize_names: true)
      rescue JSON::ParserError
        raise Error, "#{@url} is no control server of Hyperion's"
      end

      private

      def exchange(path)
        deadline = Deadline.new(@seconds)
        socket = connect
        socket.write("GET #{path} HTTP/1.1\r\nhost: hyperion\r\nconnection: close\r\n#{authorization}\r\n")
        read(socket, deadline)
      ensure
        socket&.close
      end

      def connect
        return Socket.tcp(@bind.host, @bind.port, connect_timeout: @seconds) unless @bind.unix?

        address = Socket.sockaddr_un(@bind.abstract? ? @bind.path.sub('@', "\0") : @bind.path)
        Socket.new(:UNIX, :STREAM).tap { |socket| connect_unix(socket, address) }
      end

      # Does not wait for room in the listener's queue.
      def connect_unix(socket, address)
        socket.connect_nonblock(address)
      rescue SystemCallError
        socket.close
        raise
      end

      def authorization
        "authorization: Bearer #{@token}\r\n" if @token
      end

      def read(socket, deadline)
        bytes = +''
        until (answer = parse(bytes))
          raise IOError, 'it takes too long' unless socket.wait_readable(deadline.left)

          bytes << socket.readpartial(READ_BYTES)
          raise IOError, 'the answer is too long' if bytes.bytesize > BYTES_MAX
        end
        answer
      end

      # nil while it is not whole.
      def parse(bytes)
        head, body = bytes.b.split("\r\n\r\n", 2)
        return unless body

        status = head[STATUS, 1]
        length = head[LENGTH, 1]
        raise Error, "#{@url} is no control server of Hyperion's" unless status && length

        [status.to_i, body.force_encoding(Encoding::UTF_8)] if body.bytesize >= length.to_i
      end

      def reason(body)
        JSON.parse(body)['error']
      rescue JSON::ParserError, TypeError
        nil
      end
    end
  end
end
