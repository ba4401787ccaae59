# frozen_string_literal: true

require_relative 'file_words'

module Hyperion
  class Configuration
    # A configuration file: Ruby, with the words of {FileWords}.
    #
    # @api private
    module ConfigFile
      # What is wrong with it, in one line that begins with the file's name and the number of the line.
      class Failure < ArgumentError; end

      module_function

      # @param environment [String]
      # @param directory [String, nil] where the application is
      # @return [String, nil] the file that is read unless one is named: the environment's own before the common one
      def default(environment, directory: nil)
        ["config/hyperion/#{environment}.rb", 'config/hyperion.rb']
          .map { |path| directory ? File.join(directory, path) : path }
          .find { |path| File.file?(path) }
      end

      # @param name [String] the file's path
      # @return [Layer]
      # @raise [Failure]
      def layer(name)
        raise Failure, "#{name} is not a file that can be read" unless File.file?(name) && File.readable?(name)

        Layer.new.tap { |layer| evaluate(name, File.expand_path(name), layer) }
      end

      # @!visibility private
      def evaluate(name, path, layer)
        FileWords.new(layer, path, name).instance_eval(File.read(path), path)
      rescue ArgumentError => e
        raise Failure, "#{place(e, name, path)}: #{first_line(e)}"
      rescue SyntaxError => e
        raise Failure, first_line(e).sub(path, name)
      rescue StandardError, ScriptError => e
        raise Failure, "#{place(e, name, path)}: #{first_line(e)} (#{e.class})"
      end

      # @!visibility private
      def place(error, name, path)
        line = error.backtrace_locations&.find { |location| location.path == path }&.lineno
        [name, line].compact.join(':')
      end

      # @!visibility private
      def first_line(error)
        error.message.lines.first.to_s.chomp
      end

      private_class_method :evaluate, :place, :first_line
    end
  end
end
