# frozen_string_literal: true

require_relative 'response'

# Takes one response after the other out of a client's bytes, by their framing and nothing else (RFC 9112 section 6.3).
# Strict: what it cannot read is an error.
class ResponseReader
  STATUS_LINE = %r{\A(HTTP/1\.[01]) (\d{3}) ([^\r\n]*)\z}
  FIELD = /\A([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([^\r\n\0]*)\z/n

  # `source` answers `take_line`, `take(bytes)` and `take_rest`.
  def initialize(source)
    @source = source
  end

  # `head_only`: the answer to HEAD.
  def read(head_only: false)
    lines = read_head
    response = parse_head(lines)
    read_body(response) unless head_only || bodiless?(response.status)
    response
  end

  private

  def read_head
    lines = [@source.take_line]
    lines << @source.take_line until lines.last.empty?
    lines
  end

  def parse_head(lines)
    version, status, reason = STATUS_LINE.match(lines.first)&.captures
    raise "no status line: #{lines.first.inspect}" unless version

    fields = lines[1..-2].map { |line| FIELD.match(line)&.captures || raise("no field line: #{line.inspect}") }
    Response.new(version: version, status: status.to_i, reason: reason, fields: fields, body: ''.b, chunks: [],
                 head: lines.map { |line| "#{line}\r\n" }.join)
  end

  def bodiless?(status)
    status < 200 || status == 204 || status == 304
  end

  def read_body(response)
    length = response['content-length']
    coding = response['transfer-encoding']
    raise "both framings: #{response.head}" if length && coding

    response.body = if coding then read_chunks(response)
                    elsif length then @source.take(Integer(length, 10))
                    else @source.take_rest
                    end
  end

  def read_chunks(response)
    raise "unknown coding #{response['transfer-encoding']}" unless response['transfer-encoding'] == 'chunked'

    until (chunk = read_chunk).empty?
      response.chunks << chunk
    end
    response.chunks.join
  end

  def read_chunk
    size = @source.take_line
    raise "no chunk size: #{size.inspect}" unless size.match?(/\A\h+\z/)

    @source.take(size.hex).tap do
      ending = @source.take_line
      raise "chunk goes on: #{ending.inspect}" unless ending.empty?
    end
  end
end
