# frozen_string_literal: true

# Pages, JSON, a file, and an error.
class PagesController < ActionController::Base
  layout 'application'
  skip_after_action :verify_same_origin_request, only: :cable_client # a script, which any page may have

  def index
    @title = params.fetch(:title, 'Notes')
  end

  def hello
    render plain: 'hello'
  end

  def browser; end

  def facts
    cookies[:seen] = { value: 'yes', httponly: true }
    cookies[:also] = 'yes'
    render json: { method: request.method, host: request.host, port: request.port, ip: request.remote_ip,
                   url: request.original_url, server: request.env['SERVER_SOFTWARE'],
                   query: request.query_parameters, hijack: !request.env['rack.hijack'].nil? }
  end

  def trouble
    raise 'trouble in the controller'
  end

  # Action Cable's own client, from its gem.
  def cable_client
    path = ActionCable::Engine.root.join('app/assets/javascripts/actioncable.js')
    send_file path, type: 'text/javascript', disposition: 'inline'
  end
end
