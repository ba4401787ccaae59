# frozen_string_literal: true

require 'etc'

# The C core is built and tested alone, without Ruby: see test/core/Makefile and test/fuzz/Makefile.
namespace :core do
  desc 'Run the core\'s tests under ASan and UBSan; FILTER=substring picks some'
  task :test do
    sh 'make', '-s', "-j#{Etc.nprocessors}", '-C', 'test/core', 'test', "FILTER=#{ENV.fetch('FILTER', '')}"
  end

  { tsan: 'of what threads share under ThreadSanitizer', plain: 'without a sanitizer', valgrind: 'under valgrind',
    coverage: 'and print how much of each source they reach' }.each do |variant, manner|
    desc "Run the core's tests #{manner}"
    task variant do
      sh 'make', '-s', "-j#{Etc.nprocessors}", '-C', 'test/core', variant.to_s, "FILTER=#{ENV.fetch('FILTER', '')}"
    end
  end

  desc 'Fuzz every target for FUZZ_SECONDS (20) each'
  task :fuzz do
    sh 'make', '-s', '-C', 'test/fuzz', 'run', "FUZZ_SECONDS=#{ENV.fetch('FUZZ_SECONDS', '20')}"
  end
end
