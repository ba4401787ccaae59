# frozen_string_literal: true

module Hyperion
  # The file that tells others which process to signal.
  #
  # @api private
  class PidFile
    # @param path [String, nil] nil: there is none
    def initialize(path)
      @path = path && File.expand_path(path)
    end

    # Written in one step, so that nobody reads half a number.
    #
    # @return [void]
    # @raise [Error] when it cannot be written
    def write
      return unless @path

      temporary = "#{@path}.#{Process.pid}"
      File.write(temporary, "#{Process.pid}\n")
      File.rename(temporary, @path)
    rescue SystemCallError => e
      raise Error, "cannot write the pidfile #{@path}: #{SystemCallError.new(e.errno).message}"
    end

    # Removes it, unless another process has written its own.
    #
    # @return [void]
    def remove
      File.unlink(@path) if @path && File.read(@path).to_i == Process.pid
    rescue SystemCallError
      nil
    end
  end
end
