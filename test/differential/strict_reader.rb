# frozen_string_literal: true

# What RFC 9112 makes of the bytes of a connection, read as strictly as it can be but for what browsers leave as it is
# in targets, and written for nothing but to be held against Hyperion: it shares no line with it.
#
#   StrictReader.new(bytes).read # => [[[method, body], ...], :refused]
class StrictReader
  # Ends a connection: how, after the requests so far.
  Ending = Class.new(StandardError)

  TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/n
  PCHAR = %r{(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%\h\h)}n
  UNESCAPED_IN_PATHS = /[\[\]^|]/n
  UNESCAPED_IN_QUERIES = /[\[\]^|\\`{}%]/n
  SEGMENT = /(?:#{PCHAR}|#{UNESCAPED_IN_PATHS})*/n
  QUERY = %r{(?:\?(?:#{PCHAR}|[/?]|#{UNESCAPED_IN_QUERIES})*)?}n
  REG_NAME = /(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%\h\h)*/n
  HOST = /(?:\[(?:[\h:.]+|[vV]\h+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+)\]|#{REG_NAME})/n
  AUTHORITY = /#{HOST}(?::\d*)?/n
  ORIGIN = %r{(?:/#{SEGMENT})+#{QUERY}}n
  # Without TLS nothing is asked for by https (RFC 9110 section 7.4).
  ABSOLUTE = %r{http://(?=[^/?:])#{AUTHORITY}(?:/#{SEGMENT})*#{QUERY}}ni
  VALUE = /[\t\x20-\x7e\x80-\xff]*/n
  QUOTED = /"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"/n
  EXTENSION = /[ \t]*;[ \t]*#{TOKEN}(?:[ \t]*=[ \t]*(?:#{TOKEN}|#{QUOTED}))?/n

  def initialize(bytes)
    @bytes = bytes.b
    @at = 0
    @requests = []
  end

  # The requests, and how the connection ends: `:open` where nothing else has come, `:unfinished`, `:refused`, or
  # `:last` after a request that closes.
  def read
    loop { @requests << request }
  rescue Ending => e
    [@requests, e.message.to_sym]
  end

  private

  def request
    raise Ending, 'open' if @at == @bytes.bytesize

    first = line
    first = line while first.empty?
    method, minor = request_line(first)
    fields = fields_until_empty_line
    refuse unless hosted?(fields, minor)
    seen = [method, body(fields, minor)]
    return seen unless closes?(fields, minor) || method == 'CONNECT'

    @requests << seen
    raise Ending, 'last'
  end

  # What has no end yet may be awaited, though no end could make it right.
  def refuse
    raise Ending, @bytes.index("\r\n\r\n", [@at - 4, 0].max) ? 'refused' : 'unfinished'
  end

  def line
    stop = @bytes.index("\r\n", @at)
    raise Ending, 'unfinished' unless stop

    text = @bytes[@at...stop]
    @at = stop + 2
    refuse if text.match?(/[\r\n\0]/n)
    text
  end

  def request_line(text)
    parts = text.match(%r{\A(#{TOKEN}) ([^ ]+) HTTP/1\.(\d)\z}n) or refuse
    method, target, minor = parts.captures
    refuse unless target_fits?(method, target)
    [method, minor.to_i]
  end

  def target_fits?(method, target)
    return target.match?(/\A#{HOST}:\d+\z/n) if method == 'CONNECT'
    return method == 'OPTIONS' if target == '*'

    target.match?(/\A(?:#{ORIGIN}|#{ABSOLUTE})\z/n)
  end

  def fields_until_empty_line
    fields = Hash.new { |hash, name| hash[name] = [] }
    until (text = line).empty?
      parts = text.match(/\A(#{TOKEN}):[ \t]*(#{VALUE})\z/n) or refuse
      fields[parts[1].downcase] << parts[2].sub(/[ \t]+\z/n, '')
    end
    fields
  end

  def hosted?(fields, minor)
    hosts = fields.fetch('host', [])
    return minor.zero? if hosts.empty?

    hosts.one? && hosts.first.match?(/\A#{AUTHORITY}\z/n)
  end

  def body(fields, minor)
    codings = fields.fetch('transfer-encoding', [])
    lengths = fields.fetch('content-length', [])
    if codings.any?
      chunked = codings.join(',').split(',').map(&:strip).reject(&:empty?).map(&:downcase)
      refuse unless chunked == ['chunked'] && lengths.empty? && minor.positive?
      return chunks
    end
    return '' if lengths.empty?

    refuse unless lengths.one? && lengths.first.match?(/\A\d+\z/n)
    take(lengths.first.to_i)
  end

  def take(count)
    raise Ending, 'unfinished' if @bytes.bytesize - @at < count

    @bytes[@at, count].tap { @at += count }
  end

  def chunks
    body = +''.b
    loop do
      size = line.match(/\A(\h+)(?:#{EXTENSION})*\z/n) or refuse
      break if size[1].to_i(16).zero?

      body << take(size[1].to_i(16))
      refuse unless take(2) == "\r\n"
    end
    fields_until_empty_line
    body
  end

  def closes?(fields, minor)
    options = fields.fetch('connection', []).join(',').split(',').map { |option| option.strip.downcase }
    options.include?('close') || (minor.zero? && !options.include?('keep-alive'))
  end
end
