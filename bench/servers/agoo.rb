# frozen_string_literal: true

# Agoo with the Rack app. Usage: ruby bench/servers/agoo.rb PORT

require 'agoo'
require_relative 'rack_app'

STATES = %i[INFO DEBUG connect request response eval push].to_h { |state| [state, false] }.freeze

Agoo::Log.configure(dir: '', console: true, classic: true, colorize: false, states: STATES)
Agoo::Server.init(0, '.', thread_count: 5, bind: ["http://127.0.0.1:#{Integer(ARGV.fetch(0))}"])
app = RackApp.new
%w[/ /**].each { |pattern| Agoo::Server.handle(nil, pattern, app) }
Agoo::Server.start # answers at once when it has threads of its own
sleep
