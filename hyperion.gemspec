# frozen_string_literal: true

require_relative 'lib/hyperion/version'

Gem::Specification.new do |spec|
  spec.name = 'hyperion'
  spec.version = Hyperion::VERSION
  spec.authors = ['Hyperion contributors']
  spec.summary = 'A Rack server whose HTTP connection lifecycle runs in C'
  spec.description = <<~TEXT
    Hyperion accepts, reads, parses, routes, writes, times out and closes connections in one C event loop that
    never holds the interpreter lock. Ruby runs only Ruby: the application, route blocks, hooks and configuration.
  TEXT
  spec.license = 'MIT'
  spec.required_ruby_version = '>= 3.1'

  spec.files = Dir.glob(
    [
      'lib/**/*.rb',
      'ext/hyperion/extconf.rb',
      'ext/hyperion/{,core/}*.{c,h}',
      'sig/**/*.rbs',
      'exe/*',
      'docs/**/*.md',
      'CHANGELOG.md',
      'LICENSE',
      'README.md'
    ],
    base: __dir__
  )
  spec.bindir = 'exe'
  spec.executables = ['hyperion']
  spec.extensions = ['ext/hyperion/extconf.rb']
  spec.metadata['rubygems_mfa_required'] = 'true'

  spec.add_dependency 'rack', '>= 2.2', '< 4'
end
