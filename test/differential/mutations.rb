# frozen_string_literal: true

require_relative '../../spec/support/conformance'

# Raw requests made of the conformance table's: some bytes left out, put in, turned into others or doubled, or two
# requests in a row. The same seed makes the same ones.
class Mutations
  BYTES_MAX = 3000

  BITS = ["\r\n", "\n", "\r", "\0", ' ', "\t", ':', ',', ';', 'chunked', "Transfer-Encoding: chunked\r\n", "\xFF", '%',
          "Content-Length: 3\r\n", "Host: b\r\n", "0\r\n\r\n", '5', '*',
          "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 'HTTP/1.1',
          "Connection: close\r\n", "Expect: 100-continue\r\n", '/', 'http://', '_', '"', '\\', 'HTTP/1.0', 'HEAD', '=',
          "Upgrade: x\r\nConnection: upgrade\r\n", 'CONNECT', '0', '+', '-', "\v", "\f", "\x7F", "\xC2\xA0", '#', '?',
          '@', '[', ']', "5\r\nhello\r\n", "X: y\r\n", " folded\r\n"].map(&:b).freeze

  def initialize(seed)
    @random = Random.new(seed)
    @bases = Conformance.rows.map(&:bytes).select { |bytes| bytes.bytesize.between?(1, BYTES_MAX) }
  end

  def next
    bytes = pick(@bases).dup
    (1 + @random.rand(3)).times { spoil(bytes) }
    bytes
  end

  private

  def pick(list)
    list[@random.rand(list.size)]
  end

  def spoil(bytes)
    at = @random.rand(bytes.bytesize + 1)
    case @random.rand(5)
    when 0 then bytes[at, @random.rand(4)] = ''
    when 1 then bytes.insert(at, pick(BITS))
    when 2 then bytes[at, 1] = @random.rand(256).chr
    when 3 then bytes << pick(@bases)
    when 4 then bytes.insert(@random.rand(bytes.bytesize + 1), bytes[at, @random.rand(30)])
    end
  end
end
