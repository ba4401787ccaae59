# frozen_string_literal: true

module Hyperion
  # The line by which a server says that it is there.
  #
  # @api private
  module Banner
    module_function

    # @param server [Server] about to serve
    # @param out [IO]
    # @return [void]
    def show(server, out)
      out.puts(line(server))
      out.flush
    end

    # @param server [Server] about to serve
    # @return [String] with address, loop, threads and Ruby
    def line(server)
      least, threads = server.configuration.threads.minmax
      threads = "#{least}:#{threads}" if least < threads
      loops = server.configuration.loops
      "hyperion #{VERSION} listening on #{server.urls.join(', ')} (#{server.loop_name}#{" x #{loops}" if loops > 1}, " \
        "#{threads} #{threads == 1 ? 'thread' : 'threads'}, #{RUBY_ENGINE} #{RUBY_VERSION})"
    end
  end
end
