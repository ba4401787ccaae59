# frozen_string_literal: true

module Hyperion
  # The files that take the standard output and error of a process, reopened when they have been moved away.
  #
  # @api private
  class OutputFiles
    # What is told of a file that cannot be opened anew.
    KEPT = 'cannot open a log file anew; the old one goes on'

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
      @paths.each { |io, path| attach(io, path, @append ? 'a' : 'w') }
    end

    # Where a file cannot be opened anew, the old one goes on.
    #
    # @return [void]
    # @yieldparam error [SystemCallError] of each such file
    def reopen
      @paths.each do |io, path|
        attach(io, path, 'a')
      rescue SystemCallError => e
        yield e
      end
    end

    private

    # By way of a file that is open: `reopen` with a path closes the old one first.
    def attach(io, path, mode)
      File.open(path, mode) { |file| io.reopen(file) }
      io.sync = true
    end
  end
end
