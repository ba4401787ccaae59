# frozen_string_literal: true

require 'bundler'
require 'fileutils'
require 'rbconfig'

module Frameworks
  # A Gemfile in spec/frameworks/ and the specs of the same name. Its gems come from RubyGems into a directory of this
  # project, the same one for all families; what Bundler has resolved, another for each Ruby, is kept there too.
  class Family
    PROJECT = File.expand_path('../../..', __dir__)
    SPECS = File.join(PROJECT, 'spec', 'frameworks')
    WORK_DIRECTORY = File.join(PROJECT, 'tmp', 'frameworks')

    # What Bundler says while all goes well.
    PROGRESS = /\A(Fetching|Resolving|Installing|Using|\s*\z)/

    attr_reader :name

    # All families, or those of these names.
    def self.all(names = [])
      found = Dir.glob(File.join(SPECS, '*.gemfile')).sort.map { |path| new(path) }
      unknown = names - found.map(&:name)
      abort "frameworks: there is no family #{unknown.first}" if unknown.any?

      names.empty? ? found : found.select { |family| names.include?(family.name) }
    end

    def initialize(gemfile)
      @gemfile = gemfile
      @name = File.basename(gemfile, '.gemfile')
    end

    # Installs and runs; answers `passed`, `failed` or why it was skipped.
    def run
      puts "\n== #{name}"
      return skipped unless install

      rspec ? 'passed' : 'failed'
    end

    # Whether the gems are there.
    def installed?
      bundle('check', %i[out err] => File::NULL)
    end

    # Whether the gems are there, or could be installed; what Bundler says is kept in {#log}.
    def install
      installed? || bundle('install', '--jobs', '2', %i[out err] => [log, 'w'])
    end

    # What a process of this family needs, by name.
    def environment
      { 'BUNDLE_GEMFILE' => resolved_gemfile, 'BUNDLE_PATH' => File.join(WORK_DIRECTORY, 'gems'),
        'BUNDLE_APP_CONFIG' => File.join(WORK_DIRECTORY, 'config'), 'BUNDLE_SILENCE_ROOT_WARNING' => '1' }
    end

    # Runs a command with these gems and none other; answers whether it succeeded.
    def bundle(*arguments, **options)
      Bundler.with_unbundled_env do
        system(environment, RbConfig.ruby, '-S', 'bundle', *arguments, chdir: PROJECT, **options)
      end
    end

    private

    # A copy as far below the project as the original, for its paths.
    def resolved_gemfile
      File.join(WORK_DIRECTORY, File.basename(@gemfile)).tap do |copy|
        FileUtils.mkdir_p(WORK_DIRECTORY)
        FileUtils.cp(@gemfile, copy) unless File.exist?(copy) && FileUtils.identical?(@gemfile, copy)
      end
    end

    def rspec
      bundle('exec', 'rspec', File.join(SPECS, "#{name}_spec.rb"))
    end

    def skipped
      why = File.readlines(log, chomp: true).grep_v(PROGRESS).first(6)
      puts "SKIPPED: the gems of #{name} cannot be installed on Ruby #{RUBY_VERSION}:", *why
      "SKIPPED, its gems cannot be installed; see #{log.delete_prefix("#{PROJECT}/")}"
    end

    def log
      File.join(WORK_DIRECTORY, "#{name}.log").tap { |path| FileUtils.mkdir_p(File.dirname(path)) }
    end
  end
end
