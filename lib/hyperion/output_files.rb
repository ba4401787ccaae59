# frozen_string_literal: true

module Hyperion
  # The files that take the standard output and error of a process, reopened when they have been moved away.
  #
  # @api private
  class OutputFiles
    # @param stdout [String, nil] a path
    # @param stderr [String, nil] a path
    # @param append [Boolean] false: they are begun anew
    def initialize(stdout:, stderr:, append: true)
      @paths = { $stdout => stdout, $stderr => stderr }.compact.transform_values { |path| File.expand_path(path) }
      @append = append
    end

    # @return [Boolean] whether there are any
    def any?
      @paths.any?
    end

    # @return [void]
    # @raise [SystemCallError] for a file that cannot be written
    def open
      attach(@append ? 'a' : 'w')
    end

    # @return [void]
    # @raise [SystemCallError] for a file that cannot be written
    def reopen
      attach('a')
    end

    private

    def attach(mode)
      @paths.each do |io, path|
        io.reopen(path, mode)
        io.sync = true
      end
    end
  end
end
