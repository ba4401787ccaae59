# frozen_string_literal: true

require 'English'

desc 'Check layout, style, signatures and documentation'
task lint: %w[lint:c lint:ruby lint:signatures lint:docs]

namespace :lint do
  desc 'clang-format on every C file'
  task :c do
    sh 'clang-format', '--dry-run', '-Werror', *FileList['{bench,ext,test}/**/*.{c,h}']
  end

  desc 'RuboCop with the chosen cops'
  task :ruby do
    sh 'rubocop'
  end

  desc 'The RBS signatures are valid'
  task :signatures do
    sh 'rbs', '-I', 'sig', 'validate' if File.directory?('sig')
  end

  desc 'Every public object is documented'
  task :docs do
    report = `yard stats --list-undoc`
    puts report
    abort 'yard failed' unless $CHILD_STATUS.success?
    abort 'lint:docs: the objects above have no documentation' if report.include?('Undocumented Objects')
  end
end
