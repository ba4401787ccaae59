# frozen_string_literal: true

require 'rake/extensiontask'

EXTENSION = Rake::ExtensionTask.new('hyperion') do |ext|
  ext.ext_dir = 'ext/hyperion'
  ext.lib_dir = 'lib/hyperion'
  ext.source_pattern = '{,core/}*.{c,h}'
  ext.config_options << '--enable-werror' if ENV['WERROR'] == '1'
end

# A source that comes or goes changes the list that extconf.rb writes into the Makefile.
directories = %w[ext/hyperion ext/hyperion/core]
file "#{EXTENSION.tmp_dir}/#{RUBY_PLATFORM}/hyperion/#{RUBY_VERSION}/Makefile" => directories
