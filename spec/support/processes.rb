# frozen_string_literal: true

require 'fileutils'
require 'tmpdir'

# A program of this project in a process of its own, with its output in files that are kept when an example fails.
class StartedProcess
  START_SECONDS = 60
  PROJECT = File.expand_path('../..', __dir__)

  attr_reader :pid

  def initialize(command, environment: {}, directory: PROJECT, descriptors: {})
    @files = Dir.mktmpdir('hyperion-spec')
    environment = { 'HYPERION_C_ACCEPT_LOOP' => nil, 'HYPERION_IO_URING_ACCEPT' => nil, **environment }
    @pid = Process.spawn(environment, *command,
                         chdir: directory, in: File::NULL, out: path('stdout'), err: path('stderr'), **descriptors)
  end

  def stdout
    File.read(path('stdout'))
  end

  def stderr
    File.read(path('stderr'))
  end

  def output
    stdout + stderr
  end

  # Waits until the output matches; answers the match.
  def await_output(pattern, within: START_SECONDS)
    deadline = now + within
    until (match = pattern.match(output))
      raise "#{pattern.inspect} has not come; output: #{output}" if now > deadline
      raise "the process has ended: #{@status.inspect}; output: #{output}" if ended?

      pause
    end
    match
  end

  # The port that the start-up line tells.
  def port
    @port ||= await_output(%r{://[^\s"]*:(\d+)})[1].to_i
  end

  def signal(name)
    Process.kill(name, @pid)
  end

  # Waits for the end; answers the Process::Status.
  def wait(within: 30)
    deadline = now + within
    until ended?
      raise "the process has not ended; output: #{output}" if now > deadline

      pause
    end
    @status
  end

  def finish
    signal(:KILL) unless ended?
    wait
  end

  def remove_files
    FileUtils.remove_entry(@files)
  end

  private

  def ended?
    @status ||= Process.wait2(@pid, Process::WNOHANG)&.last
    !@status.nil?
  end

  def path(name)
    File.join(@files, name)
  end

  def pause
    IO.select(nil, nil, nil, 0.01)
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end

# Processes and files of an example: gone when it ends.
module Processes
  def start_process(*command, **options)
    StartedProcess.new(command, **options).tap { |process| processes << process }
  end

  # exe/hyperion with arguments.
  def start_hyperion(*arguments, **options)
    start_process(RbConfig.ruby, '-I', 'lib', '-I', 'ext', 'exe/hyperion', *arguments, **options)
  end

  # A rackup file with this content; answers its path.
  def rackup_file(content)
    directory = Dir.mktmpdir('hyperion-spec')
    directories << directory
    File.join(directory, 'config.ru').tap { |path| File.write(path, content) }
  end

  def end_processes
    processes.each(&:finish)
    processes.each(&:remove_files) unless RSpec.current_example&.exception
    directories.each { |directory| FileUtils.remove_entry(directory) }
    [processes, directories].each(&:clear)
  end

  private

  def processes
    @processes ||= []
  end

  def directories
    @directories ||= []
  end
end
