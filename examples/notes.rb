# frozen_string_literal: true

require 'json'
require 'rack'

require_relative 'notes/page'
require_relative 'notes/store'

# Notes, kept in memory: a page to read and add them, and the same as JSON.
#
#   GET  /           the page
#   POST /notes      the page's form
#   GET  /api/notes  all notes
#   POST /api/notes  a new one: {"text": "..."}
class Notes
  JSON_TYPE = { 'content-type' => 'application/json' }.freeze
  HTML_TYPE = { 'content-type' => 'text/html; charset=utf-8' }.freeze
  TEXT_TYPE = { 'content-type' => 'text/plain' }.freeze

  def initialize(store = Store.new)
    @store = store
  end

  def call(env)
    request = Rack::Request.new(env)
    case [request.request_method, request.path_info]
    when %w[GET /], %w[HEAD /] then [200, HTML_TYPE.dup, [Page.new(@store.all).to_s]]
    when %w[POST /notes] then add_from_form(request)
    when %w[GET /api/notes], %w[HEAD /api/notes] then json(200, @store.all)
    when %w[POST /api/notes] then add_from_json(request)
    else [404, TEXT_TYPE.dup, ["no such page\n"]]
    end
  end

  private

  def add_from_form(request)
    @store.add(request.params['text'].to_s)
    [303, { 'location' => '/' }, []]
  rescue Store::Unusable => e
    [422, TEXT_TYPE.dup, ["#{e.message}\n"]]
  end

  def add_from_json(request)
    fields = JSON.parse(request.body ? request.body.read : '')
    return json(422, { error: 'an object with a text is wanted' }) unless fields.is_a?(Hash)

    json(201, @store.add(fields['text'].to_s))
  rescue JSON::ParserError
    json(400, { error: 'malformed JSON' })
  rescue Store::Unusable => e
    json(422, { error: e.message })
  end

  def json(status, object)
    [status, JSON_TYPE.dup, ["#{JSON.generate(object)}\n"]]
  end
end
