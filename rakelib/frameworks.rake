# frozen_string_literal: true

require_relative '../spec/frameworks/support/chromium'
require_relative '../spec/frameworks/support/family'

desc 'Run applications of real frameworks, and pages in a browser; FAMILY=rails,sinatra picks some'
task frameworks: :compile do
  browser = Frameworks::Chromium.ensure_installed
  families = Frameworks::Family.all(ENV.fetch('FAMILY', '').split(','))
  outcomes = families.to_h { |family| [family.name, family.run] }
  puts '', 'Frameworks:'
  outcomes.each { |name, outcome| puts "  #{name}: #{outcome}" }
  puts '  pages in a browser: SKIPPED, there is no Chromium and it could not be installed' unless browser
  abort 'frameworks: FAILED' if outcomes.value?('failed')
end
