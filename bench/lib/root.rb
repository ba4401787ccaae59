# frozen_string_literal: true

require 'fileutils'

module Bench
  # A root that bench/setup --root has made: bench/run measures there, every contestant on the Ruby that is there, and
  # its page is fetched from there.
  class Root
    PROJECT = File.expand_path('../..', __dir__)
    COMMAND = File.join(PROJECT, 'bench', 'in_root')
    # The same from within and, below the root, from without.
    PAGE = '/srv/hyperion/tmp/bench/page'

    # These arguments without `--root DIR` and `--directory PATH`.
    def self.arguments_within(arguments)
      rest = arguments.reject { |one| one.match?(/\A--(root|directory)=/) }
      while (at = rest.index { |one| %w[--root --directory].include?(one) })
        rest.slice!(at, 2)
      end
      rest
    end

    def initialize(path, command: COMMAND)
      @path = File.expand_path(path)
      @command = command
    end

    # Answers whether it went well; the page is then in the directory.
    def run(arguments, directory)
      return false unless system(@command, @path, 'bench/run', *arguments, '--directory', PAGE)

      FileUtils.mkdir_p(directory)
      FileUtils.rm_f(Dir.glob(File.join(directory, '*.svg')))
      FileUtils.cp(Dir.glob(File.join(@path, PAGE, '*')), directory)
      true
    end
  end
end
