# frozen_string_literal: true

require 'json'
require 'rack'
require 'capybara/cuprite'
require 'hyperion/capybara'
require_relative 'support/chromium'

# A form, and what it sends.
CAPYBARA_PAGES = lambda do |env|
  request = Rack::Request.new(env)
  form = '<form method="post" enctype="multipart/form-data"><input name="text"><input type="file" name="file">' \
         '<button>Send</button></form>'
  body = request.post? ? "<p>#{request.params['text']}, #{request.params['file'][:tempfile].size} bytes</p>" : form
  [200, { 'content-type' => 'text/html; charset=utf-8' }, ["<!DOCTYPE html><title>Pages</title>#{body}"]]
end

RSpec.describe 'Capybara with server: hyperion' do
  before(:context) do
    Capybara.server = :hyperion, { Threads: 2 }
    Capybara.register_driver(:hyperion_browser) do |app|
      options = Frameworks::Chromium::SWITCHES.except('headless')
      Capybara::Cuprite::Driver.new(app, browser_path: Frameworks::Chromium.path, browser_options: options,
                                         process_timeout: 30, timeout: 20)
    end
  end

  it 'serves an application' do
    server = Capybara::Server.new(CAPYBARA_PAGES).boot
    answer = connect(server.port).get('/')
    expect(answer).to have_attributes(status: 200, body: /multipart/)
  end

  it 'serves a browser that fills in a form with a file' do
    skip('there is no Chromium') unless Frameworks::Chromium.path
    session = Capybara::Session.new(:hyperion_browser, CAPYBARA_PAGES)
    session.visit('/')
    session.fill_in('text', with: 'Grüße')
    session.attach_file('file', __FILE__)
    session.click_button('Send')

    expect(session).to have_css('p', text: "Grüße, #{File.size(__FILE__)} bytes")
  ensure
    session&.quit
  end
end
