# frozen_string_literal: true

require 'json'
require 'net/http'
require 'tempfile'

module Frameworks
  # Somebody with cookies on one kept connection.
  class Visitor
    def initialize(port)
      @http = Net::HTTP.start('127.0.0.1', port, open_timeout: 5, read_timeout: 10)
      @cookies = {}
    end

    def get(target)
      send_request(Net::HTTP::Get.new(target))
    end

    # A form with fields; a File makes it multipart.
    def post_form(target, fields)
      multipart = fields.values.any?(IO)
      request = Net::HTTP::Post.new(target)
      request.set_form(fields.transform_keys(&:to_s), *('multipart/form-data' if multipart))
      send_request(request)
    end

    # The token that a form of Rails has.
    def token(target)
      get(target).body[/name="authenticity_token" value="([^"]+)"/, 1]
    end

    def close
      @http.finish if @http.started?
    end

    private

    def send_request(request)
      request['Cookie'] = @cookies.map { |pair| pair.join('=') }.join('; ') if @cookies.any?
      @http.request(request).tap { |answer| keep_cookies(answer) }
    end

    def keep_cookies(answer)
      Array(answer.get_fields('set-cookie')).each do |field|
        name, value = field[/\A[^;]+/].split('=', 2)
        @cookies[name] = value
      end
    end
  end
end
