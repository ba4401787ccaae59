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

    # @param urls [Array<String>]
    # @param configuration [Configuration] of a cluster whose workers serve
    # @param out [IO]
    # @return [void]
    def show_cluster(urls, configuration, out)
      out.puts("hyperion #{VERSION} listening on #{urls.join(', ')} (#{configuration.workers} workers, " \
               "#{threads_of(configuration)} each, #{RUBY_ENGINE} #{RUBY_VERSION})")
      out.flush
    end

    # @param server [Server] about to serve
    # @return [String] with address, loop, threads and Ruby
    def line(server)
      loops = server.configuration.loops
      "hyperion #{VERSION} listening on #{server.urls.join(', ')} (#{server.loop_name}#{" x #{loops}" if loops > 1}, " \
        "#{threads_of(server.configuration)}, #{RUBY_ENGINE} #{RUBY_VERSION})"
    end

    # @!visibility private
    def threads_of(configuration)
      least, most = configuration.threads.minmax
      "#{least < most ? "#{least}:#{most}" : most} #{most == 1 ? 'thread' : 'threads'}"
    end

    private_class_method :threads_of
  end
end
