# frozen_string_literal: true

require 'socket'
require_relative 'response_reader'

# A TCP client that sends what it is told, well-formed or not, and reads responses by their framing with a deadline.
# Bytes behind a response are kept for the next.
class RawClient
  # The connection ended before what was awaited had come.
  class Ended < StandardError
    # :eof or :reset
    attr_reader :how

    # Bytes that had come and belong to nothing complete.
    attr_reader :bytes

    def initialize(how, bytes)
      @how = how
      @bytes = bytes
      super("the connection ended (#{how}) after #{bytes.byteslice(0, 300).inspect}, #{bytes.bytesize} bytes")
    end
  end

  # Nothing came in time.
  class TimedOut < StandardError
  end

  SECONDS = 30
  READ_BYTES = 65_536

  # The bytes that were read and not taken.
  attr_reader :buffer

  # Bytes that the kernel is to hold for a slow reader: `receive_buffer`.
  def self.open(port, host: '127.0.0.1', receive_buffer: nil)
    socket = Socket.new(Addrinfo.tcp(host, port).afamily, Socket::SOCK_STREAM)
    socket.setsockopt(:SOCKET, :RCVBUF, receive_buffer) if receive_buffer
    socket.connect(Socket.sockaddr_in(port, host))
    new(socket)
  end

  def initialize(socket)
    @socket = socket
    @socket.setsockopt(:TCP, :NODELAY, true) if socket.local_address.ip?
    @buffer = ''.b
    @ended = nil
    @reader = ResponseReader.new(self)
    within(SECONDS)
    start_clock
  end

  # How long a client waits for the next bytes, from the last write or read on.
  def within(seconds)
    @seconds = seconds
    self
  end

  # ---- out ----

  # Sends all of it; a connection that the server has closed takes it silently.
  def write(bytes)
    start_clock
    @socket.write(bytes)
    self
  rescue Errno::EPIPE, Errno::ECONNRESET
    self
  end

  def write_each_byte(bytes)
    bytes.each_byte { |byte| write(byte.chr) }
    self
  end

  # Sends a byte every so many seconds, until something comes.
  def trickle(bytes, every:)
    bytes.each_char { |char| silent?(every) ? write(char) : break }
    self
  end

  # Sends, and reads the one answer.
  def request(bytes, head_only: bytes.start_with?('HEAD '))
    write(bytes)
    response(head_only: head_only)
  end

  def get(target, *fields, method: 'GET', host: 'localhost')
    request(["#{method} #{target} HTTP/1.1", "Host: #{host}", *fields, '', ''].join("\r\n"))
  end

  # The client says that it sends no more.
  def close_write
    @socket.close_write
    self
  end

  def close
    @socket.close
  end

  # Closes with a reset.
  def reset
    @socket.setsockopt(Socket::Option.linger(true, 0))
    @socket.close
  end

  # ---- in ----

  def response(head_only: false)
    start_clock
    @reader.read(head_only: head_only)
  end

  def responses(count)
    Array.new(count) { response }
  end

  # Every response until the connection ends, and how it did. Bytes that make no response: Ended.
  def responses_until_end(head_only: false)
    found = []
    found << response(head_only: head_only) while more?
    [found, @ended]
  end

  # Waits for the end: :eof or :reset. Bytes that come before are an error.
  def ending
    start_clock
    raise "bytes instead of an end: #{@buffer.inspect}" if more?

    @ended
  end

  # True when another byte comes, false at the end.
  def more?
    start_clock
    fill if @buffer.empty?
    true
  rescue Ended
    false
  end

  # True when the server sends nothing for so long.
  def silent?(seconds)
    @buffer.empty? && @socket.wait_readable(seconds).nil?
  end

  # So many bytes, and not one more is read from the kernel.
  def read_exactly(count)
    start_clock
    await
    while @buffer.bytesize < count && await
      @buffer << @socket.read_nonblock(count - @buffer.bytesize)
      start_clock
    end
    @buffer.slice!(0, count)
  end

  # ---- for ResponseReader, and who looks at single bytes ----

  def take_line
    fill until (stop = @buffer.index("\r\n"))
    @buffer.slice!(0, stop + 2).chomp("\r\n")
  end

  def take(count)
    fill until @buffer.bytesize >= count
    @buffer.slice!(0, count)
  end

  def take_rest
    loop { fill }
  rescue Ended => e
    raise if e.how == :reset

    @buffer.slice!(0, @buffer.bytesize)
  end

  private

  def start_clock
    @deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + @seconds
  end

  def await
    left = @deadline - Process.clock_gettime(Process::CLOCK_MONOTONIC)
    return true if left.positive? && @socket.wait_readable(left)

    raise TimedOut, "nothing came within #{@seconds} s; so far #{@buffer.byteslice(0, 500).inspect}"
  end

  def fill
    raise Ended.new(@ended, @buffer) if @ended

    await
    @buffer << @socket.readpartial(READ_BYTES)
    start_clock
  rescue EOFError
    ended(:eof)
  rescue Errno::ECONNRESET
    ended(:reset)
  end

  def ended(how)
    @ended = how
    raise Ended.new(how, @buffer)
  end
end
