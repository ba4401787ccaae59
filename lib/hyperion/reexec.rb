# frozen_string_literal: true

require 'rbconfig'
require 'shellwords'

require_relative 'inherited_listeners'

module Hyperion
  # Starts this process's command anew, in its place: with the same number, from the same directory, and with the
  # listening sockets. Connections wait in them meanwhile, so that none is refused.
  #
  # What is started is what the operator typed, interpreter and all, so that a new version of a gem or of Ruby that is
  # found under the same names is used. A directory that is a symbolic link is followed anew.
  #
  # @api private
  class Reexec
    # Where Linux tells a process's command line.
    COMMAND_LINE = '/proc/self/cmdline'
    private_constant :COMMAND_LINE

    # @return [Array<String>]
    attr_reader :command

    # @return [String]
    attr_reader :directory

    # To be made at the start: later the process has another title, and may be in another directory.
    #
    # @param command [String, nil] as a shell would read it; nil: what this process was started by
    def initialize(command: nil)
      @given = !command.nil?
      @command = command ? Shellwords.split(command) : own_command
      @directory = own_directory
    end

    # @return [Boolean] whether it is another command than what this process was started by
    def given?
      @given
    end

    # @param listener [Listener] kept open
    # @param environment [Hash{String => String}] further variables
    # @param descriptors [Hash{Integer => Integer}] further ones to be kept open
    # @return [void] never returns
    # @raise [SystemCallError] when the command cannot be started
    def call(listener, environment: {}, descriptors: {})
      variables, sockets = InheritedListeners.hand_over(listener)
      program, *arguments = @command
      Process.exec({ **variables, **environment }, [program, program], *arguments, chdir: @directory, **sockets,
                                                                                   **descriptors)
    end

    # Starts the same command beside this process.
    #
    # @param environment [Hash{String => String}] further variables
    # @param options [Hash] as for `Process.spawn`
    # @return [Integer] the number of the child
    # @raise [SystemCallError] when the command cannot be started
    def spawn(environment, **options)
      program, *arguments = @command
      Process.spawn(environment, [program, program], *arguments, chdir: @directory, **options)
    end

    private

    def own_command
      words = File.binread(COMMAND_LINE).split("\0", -1)[0..-2]
      words.empty? ? portable_command : words
    rescue SystemCallError
      portable_command
    end

    def portable_command
      [RbConfig.ruby, '-I', File.expand_path('..', __dir__), $PROGRAM_NAME, *ARGV]
    end

    # The shell's name for it, which may lead elsewhere later.
    def own_directory
      named = ENV.fetch('PWD', nil)
      named && File.identical?(named, '.') ? named : Dir.pwd
    end
  end
end
