# frozen_string_literal: true

require 'yaml'

module Hyperion
  module Control
    # The file that tells who a process is, and how it is commanded: for its owner's eyes alone, with the names that
    # Puma's has, so that tools read it.
    #
    # @api private
    class StateFile
      # The mode of the file, which has the token.
      MODE = 0o600

      # @param path [String]
      # @return [Hash{String => Object}] `pid`, `control_url`, `control_auth_token`, `running_from`
      # @raise [Error] when it cannot be read, or makes no sense
      def self.read(path)
        state = YAML.safe_load(File.read(path))
        return state if state.is_a?(Hash) && state['pid'].is_a?(Integer)

        raise Error, "#{path} is no state file"
      rescue SystemCallError => e
        raise Error, "cannot read the state file: #{e.message}"
      rescue Psych::Exception
        raise Error, "#{path} is no state file"
      end

      # @param path [String]
      def initialize(path)
        @path = File.expand_path(path)
      end

      # In one step, so that nobody reads half of it.
      #
      # @param control_url [String, nil]
      # @param token [String, nil]
      # @return [nil]
      # @raise [Error] when it cannot be written
      def write(control_url: nil, token: nil)
        state = { 'pid' => Process.pid, 'control_url' => control_url, 'control_auth_token' => token,
                  'running_from' => Dir.pwd }.compact
        temporary = "#{@path}.#{Process.pid}"
        File.open(temporary, File::WRONLY | File::CREAT | File::EXCL, MODE) { |file| file.write(YAML.dump(state)) }
        File.rename(temporary, @path)
        nil
      rescue SystemCallError => e
        raise Error, "cannot write the state file #{@path}: #{SystemCallError.new(e.errno).message}"
      end

      # Removes it, unless another process has written its own.
      #
      # @return [nil]
      def remove
        File.unlink(@path) if self.class.read(@path)['pid'] == Process.pid
        nil
      rescue Error, SystemCallError
        nil
      end
    end
  end
end
