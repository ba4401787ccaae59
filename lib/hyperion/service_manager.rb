# frozen_string_literal: true

require 'socket'

module Hyperion
  # Tells the service manager how the process is, by the protocol of sd_notify(3). Without one it does nothing.
  #
  # @example
  #   manager = Hyperion::ServiceManager.new
  #   manager.ready('2 workers')
  class ServiceManager
    # A sign of life is due in this part of the time that the manager waits for one.
    WATCHDOG_PART = 0.4

    # @param environment [Hash{String => String}, ENV] `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`
    def initialize(environment: ENV)
      @address = address_of(environment['NOTIFY_SOCKET'])
      @watchdog = watchdog_seconds(environment)
      @due = Deadline.new(0)
    end

    # @return [Boolean] whether there is one
    def any?
      !@address.nil?
    end

    # It serves.
    #
    # @param status [String] for people
    # @return [nil]
    def ready(status)
      notify("READY=1\nSTATUS=#{status}")
    end

    # It is being renewed; {#ready} tells the end.
    #
    # @param status [String]
    # @return [nil]
    def reloading(status)
      usec = Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond)
      notify("RELOADING=1\nMONOTONIC_USEC=#{usec}\nSTATUS=#{status}")
    end

    # It ends.
    #
    # @param status [String]
    # @return [nil]
    def stopping(status)
      notify("STOPPING=1\nSTATUS=#{status}")
    end

    # @param text [String]
    # @return [nil]
    def status(text)
      notify("STATUS=#{text}")
    end

    # A sign of life, when one is due.
    #
    # @return [nil]
    def watchdog
      return unless @watchdog && @due.left.zero?

      @due = Deadline.new(@watchdog)
      notify('WATCHDOG=1')
    end

    # Gives the signs of life in a thread of its own while the block runs, for who has no loop to do it in. They cease
    # when Ruby is stuck.
    #
    # @return what the block returns
    def while_alive
      thread = Thread.new { give_signs } if @watchdog
      yield
    ensure
      thread&.kill
    end

    # @return [Float, nil] seconds until the next sign of life is due; nil: none is wanted
    def patience
      @due.left if @watchdog
    end

    private

    def give_signs
      Thread.current.name = 'hyperion watchdog'
      loop do
        watchdog
        sleep(patience)
      end
    end

    # A name that begins with @ has no file.
    def address_of(path)
      Addrinfo.unix(path.sub(/\A@/, "\0"), :DGRAM) if path && !path.empty?
    end

    def watchdog_seconds(environment)
      usec = environment['WATCHDOG_USEC'].to_i
      pid = environment['WATCHDOG_PID']
      usec * WATCHDOG_PART / 1_000_000 if @address && usec.positive? && (pid.nil? || pid.to_i == Process.pid)
    end

    def notify(text)
      return unless @address

      socket = Socket.new(:UNIX, :DGRAM)
      socket.connect_nonblock(@address)
      socket.write_nonblock(text)
      nil
    rescue SystemCallError, IOError
      nil # it is not worth an end
    ensure
      socket&.close
    end
  end
end
