# frozen_string_literal: true

require_relative 'raw_client'

# Connections of an example: they close when it ends.
module Clients
  # To a server of `serve`, or a port.
  def connect(to, **options)
    port = to.respond_to?(:port) ? to.port : to
    RawClient.open(port, **options).tap { |client| clients << client }
  end

  # One request on a connection of its own, which stays open: head lines without Host, and a body.
  def get(to, target, *fields, **options)
    connect(to).get(target, *fields, **options)
  end

  # The bytes of a request.
  def raw(request_line, *fields, body: '')
    [request_line, *fields, '', body].join("\r\n")
  end

  def close_clients
    clients.each(&:close)
    clients.clear
  end

  private

  def clients
    @clients ||= []
  end
end
