# frozen_string_literal: true

require_relative 'server'
require_relative 'state_file'

module Hyperion
  module Control
    # What a configuration says about commands to its process: the control server and the file that tells of it, while
    # the process does its work.
    #
    # @api private
    class Station
      # @param configuration [Configuration]
      # @param stdout [IO] takes the line that tells where it listens
      def initialize(configuration, stdout:)
        @configuration = configuration
        @stdout = stdout
        @process = Process.pid
      end

      # @param target [Object] what is commanded: see {App}
      # @yield while commands are served
      # @return what the block returns
      # @raise [Error] when it cannot listen, or the file cannot be written
      def during(target)
        open_for(target)
        yield
      ensure
        close if @process == Process.pid
      end

      # In a forked child: lets go of what is the parent's.
      #
      # @return [nil]
      def abandon
        @server&.abandon
      end

      private

      def open_for(target)
        url = @configuration.control_url
        @server = Server.new(url, token: Token.new(@configuration.control_token), target: target).start if url
        write_state
        tell if @server && !@configuration.quiet
      end

      def write_state
        return unless @configuration.state_path

        @state_file = StateFile.new(@configuration.state_path)
        @state_file.write(control_url: @server&.url, token: @server&.token&.secret)
      end

      # A token that is made up is a secret of the file, if there is one; else of who sees the output.
      def tell
        token = ", token #{@server.token.secret}" if @server.token.made_up? && !@state_file
        @stdout.puts("hyperion takes commands on #{@server.url}#{token}")
        @stdout.flush
      end

      def close
        @state_file&.remove
        @server&.stop
      end
    end
  end
end
