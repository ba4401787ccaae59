# frozen_string_literal: true

require 'rack'

# Raw requests and the verdict on each. What RFC 9110, 9112, 9113 or 3986 says is the measure; where a recipient has a
# choice, the stricter reading is ours, and a comment says so.
#
#   accepted    is answered 200 by the application, which sees what the Hashes say; the connection goes on
#   last        the same, and the connection ends
#   refused     is answered with the status, and the connection ends
#   unfinished  waits for more bytes, and gets no answer when they do not come
Conformance.table do
  host = "Host: a\r\n"
  get = "GET / HTTP/1.1\r\n#{host}"
  post = "POST / HTTP/1.1\r\n#{host}"
  chunked = "#{post}Transfer-Encoding: chunked\r\n\r\n"
  end_of_chunks = "0\r\n\r\n"
  # Rack's SPEC did not allow it before.
  asterisk = Gem::Version.new(Rack.release) < Gem::Version.new('3.1') ? '' : '*'

  section '9112 2.1' do
    accepted 'a request', "#{get}\r\n", { 'REQUEST_METHOD' => 'GET', 'PATH_INFO' => '/' }
    accepted 'two requests, one behind the other', "#{get}\r\nGET /b HTTP/1.1\r\n#{host}\r\n", {},
             { 'PATH_INFO' => '/b' }
    unfinished 'no line', ''
    unfinished 'the start of a request line', 'GET / HT'
    unfinished 'a request line alone', "GET / HTTP/1.1\r\n"
    unfinished 'a head without its empty line', get
    unfinished 'half an empty line', "#{get}\r"
    refused 400, 'nonsense', "nonsense\r\n\r\n"
    refused 400, 'a response', "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
  end

  section '9112 2.2' do
    accepted 'an empty line before the request line', "\r\n#{get}\r\n"
    refused 400, 'a second empty line before the request line', "\r\n\r\n#{get}\r\n" # may be ignored as well
    refused 400, 'LF alone before the request line', "\n#{get}\r\n"
    refused 400, 'LF alone behind the request line', "GET / HTTP/1.1\n#{host}\r\n" # may be taken as well
    refused 400, 'LF alone behind a field', "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"
    refused 400, 'LF alone as the empty line', "#{get}\n"
    refused 400, 'LF alone everywhere', "GET / HTTP/1.1\nHost: a\n\n"
    refused 400, 'LF before CR', "GET / HTTP/1.1\n\rHost: a\n\r\n\r"
    refused 400, 'CR twice before LF', "GET / HTTP/1.1\r\r\n#{host}\r\n"
    refused 400, 'CR alone behind the request line', "GET / HTTP/1.1\r#{host}\r\n"
    refused 400, 'CR in the target', "GET /\rx HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'CR in a field name', "#{get}X\rY: z\r\n\r\n"
    refused 400, 'CR in a field value', "#{get}X: y\rz\r\n\r\n"
    refused 400, 'CR at the start of a field value', "#{get}X:\ry\r\n\r\n"
    refused 400, 'CR alone behind a field', "#{get}X: y\rTransfer-Encoding: chunked\r\n\r\n"
    refused 400, 'white space before the first field', "GET / HTTP/1.1\r\n #{host}\r\n"
    refused 400, 'a tab before the first field', "GET / HTTP/1.1\r\n\t#{host}\r\n"
    refused 400, 'a space before the request line', " #{get}\r\n"
    refused 400, 'a tab before the request line', "\t#{get}\r\n"
    refused 400, 'a byte order mark', "\xEF\xBB\xBF#{get}\r\n"
    refused 400, 'NUL before the request line', "\0#{get}\r\n"
    refused 400, 'the hello of TLS', "\x16\x03\x01\x00\xA5\x01\x00\x00\xA1\x03\x03\r\n\r\n"
    refused 400, 'three empty lines before the request line', "\r\n\r\n\r\n#{get}\r\n"
    refused 400, 'CR alone everywhere', "GET / HTTP/1.1\rHost: a\r\r"
    refused 400, 'CR alone as the empty line', "#{get}\r\rGET / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'CR alone before the request line', "\r#{get}\r\n"
    refused 400, 'CR and LF in the wrong order as the empty line', "#{get}\n\r"
    refused 400, 'LF alone before the empty line', "#{get}X: y\n\r\n"
    refused 400, 'a next line of ISO 8859 as a line end', "#{get}X: y\x85\nZ: z\r\n\r\n"
    refused 400, 'white space alone before the request line', " \r\n#{get}\r\n"
    refused 400, 'two spaces of ISO 8859 before the request line', "\xA0\xA0#{get}\r\n"
    refused 400, 'an empty line with a space before the request line', "\r\n #{get}\r\n"
    refused 400, 'an empty line of LF alone behind a request', "#{get}\r\n\n#{get}\r\n", before: 1
    refused 400, 'two empty lines behind a request', "#{get}\r\n\r\n\r\n#{get}\r\n", before: 1
    accepted 'an empty line behind a body, as old clients send it',
             "#{post}Content-Length: 3\r\n\r\nabc\r\n#{get}\r\n", { 'body' => 'abc' }, {}
    accepted 'an empty line behind chunks', "#{chunked}#{end_of_chunks}\r\n#{get}\r\n", {}, {}
    refused 400, 'CR twice behind a field', "#{get}X: y\r\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'CR before a field', "#{get}X: y\r\n\rContent-Length: 3\r\n\r\nabc"
    refused 400, 'LF before a field', "#{get}X: y\r\n\nContent-Length: 3\r\n\r\nabc"
    refused 400, 'a line of NUL before a field', "#{get}X: y\r\n\0\r\nContent-Length: 3\r\n\r\nabc"
    refused 400, 'NUL as the empty line', "#{get}\0\r\n\r\n"
    refused 400, 'LF and CR behind a field', "#{get}X: y\n\rZ: z\r\n\r\n"
    refused 400, 'NUL before CR and LF', "#{get}X: y\0\r\nContent-Length: 3\r\n\r\nabc"
    refused 400, 'NUL behind a request', "#{get}\r\n\0", before: 1
    refused 400, 'LF alone behind a body', "#{post}Content-Length: 3\r\n\r\nabc\n#{get}\r\n", before: 1
    refused 400, 'CR alone behind a body', "#{post}Content-Length: 3\r\n\r\nabc\r#{get}\r\n", before: 1
    unfinished 'an empty line behind a request', "#{get}\r\n\r\n", before: 1
  end

  section '9112 2.3' do
    last 'HTTP/1.0', "GET / HTTP/1.0\r\n\r\n", { 'SERVER_PROTOCOL' => 'HTTP/1.0' }
    accepted 'a higher minor version', "GET / HTTP/1.2\r\n#{host}\r\n"
    accepted 'the highest minor version', "GET / HTTP/1.9\r\n#{host}\r\n"
    refused 505, 'version 2.0', "GET / HTTP/2.0\r\n#{host}\r\n"
    refused 505, 'version 3.0', "GET / HTTP/3.0\r\n#{host}\r\n"
    refused 505, 'version 0.9', "GET / HTTP/0.9\r\n#{host}\r\n"
    refused 505, 'version 9.9', "GET / HTTP/9.9\r\n#{host}\r\n"
    refused 400, 'a version without minor', "GET / HTTP/1\r\n#{host}\r\n"
    refused 400, 'a version without major', "GET / HTTP/.1\r\n#{host}\r\n"
    refused 400, 'a version of two digits', "GET / HTTP/1.10\r\n#{host}\r\n"
    refused 400, 'a version with a leading zero', "GET / HTTP/01.1\r\n#{host}\r\n"
    refused 400, 'a major version of two digits', "GET / HTTP/11.1\r\n#{host}\r\n"
    refused 400, 'a version of letters', "GET / HTTP/a.b\r\n#{host}\r\n"
    refused 400, 'a version with a sign', "GET / HTTP/+1.1\r\n#{host}\r\n"
    refused 400, 'a version with a comma', "GET / HTTP/1,1\r\n#{host}\r\n"
    refused 400, 'the version in lower case', "GET / http/1.1\r\n#{host}\r\n"
    refused 400, 'another protocol', "GET / HTTPS/1.1\r\n#{host}\r\n"
    refused 400, 'a protocol cut short', "GET / HTP/1.1\r\n#{host}\r\n"
    refused 400, 'a space in the version', "GET / HTTP/ 1.1\r\n#{host}\r\n"
    refused 400, 'a dash in the version', "GET / HTTP-1.1\r\n#{host}\r\n"
    refused 400, 'NUL behind the version', "GET / HTTP/1.1\0\r\n#{host}\r\n"
    refused 400, 'a request of HTTP/0.9', "GET /\r\n"
    refused 400, 'a request of HTTP/0.9 with fields', "GET /\r\n#{host}\r\n"
    refused 400, 'a minor version of three digits', "GET / HTTP/1.001\r\n#{host}\r\n"
    refused 400, 'a minor version that wraps around', "GET / HTTP/1.257\r\n#{host}\r\n"
    refused 400, 'a version of three numbers', "GET / HTTP/1.1.1\r\n#{host}\r\n"
    refused 400, 'a version with a minus', "GET / HTTP/1.-1\r\n#{host}\r\n"
    refused 400, 'a hexadecimal version', "GET / HTTP/1.a\r\n#{host}\r\n"
    refused 400, 'the version in mixed case', "GET / Http/1.1\r\n#{host}\r\n"
    refused 400, 'a version without slash', "GET / HTTP1.1\r\n#{host}\r\n"
    refused 400, 'a version with a backslash', "GET / HTTP\\1.1\r\n#{host}\r\n"
    refused 400, 'a version in digits beyond ASCII', "GET / HTTP/\u0661.1\r\n#{host}\r\n"
    refused 400, 'a tab behind the version', "GET / HTTP/1.1\t\r\n#{host}\r\n"
    refused 400, 'two protocols', "GET / HTTP/1.1 HTTP/1.0\r\n#{host}\r\n"
    refused 400, 'a form feed behind the version', "GET / HTTP/1.1\f\r\n#{host}\r\n"
    refused 400, 'the protocol of ICY', "GET / ICY/1.1\r\n#{host}\r\n"
    refused 400, 'the protocol of RTSP', "DESCRIBE / RTSP/1.0\r\n#{host}\r\n"
    refused 400, 'a request of HTTP/0.9 with a space', "GET / \r\n#{host}\r\n"
    refused 505, 'version 2.0 of what is not the preface', "PRI / HTTP/2.0\r\n\r\nSM\r\n\r\n"
    refused 505, 'version 1.1 of major 2', "GET / HTTP/2.1\r\n#{host}\r\n"
    refused 400, 'the protocol of ICE', "SOURCE / ICE/1.0\r\n#{host}\r\n"
    refused 400, 'a version without number', "GET / HTTP/\r\n#{host}\r\n"
    refused 400, 'a version of a point', "GET / HTTP/.\r\n#{host}\r\n"
    refused 400, 'a version with a point too many', "GET / HTTP/1..1\r\n#{host}\r\n"
    refused 400, 'a version with a vertical tab', "GET / HTTP/1.1\v\r\n#{host}\r\n"
    refused 400, 'two slashes in the version', "GET / HTTP//1.1\r\n#{host}\r\n"
    refused 400, 'a version and a semicolon', "GET / HTTP/1.1;\r\n#{host}\r\n"
    refused 400, 'a version in digits of full width', "GET / HTTP/1.\uFF11\r\n#{host}\r\n"
    refused 505, 'a version of major 0', "GET / HTTP/0.0\r\n#{host}\r\n"
    refused 505, 'HTTP/0.9 that wants to be kept', "GET / HTTP/0.9\r\nConnection: keep-alive\r\n\r\n#{get}\r\n"
    accepted 'chunks of a higher minor version',
             "POST / HTTP/1.2\r\n#{host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n#{end_of_chunks}",
             { 'body' => 'abc' }
    refused 400, 'a higher minor version without Host', "GET / HTTP/1.2\r\n\r\n"
    last 'HTTP/1.0 with Host', "GET / HTTP/1.0\r\n#{host}\r\n", { 'SERVER_NAME' => 'a' }
  end

  section '9112 3' do
    refused 400, 'two spaces behind the method', "GET  / HTTP/1.1\r\n#{host}\r\n" # lenient parsers take white space
    refused 400, 'two spaces behind the target', "GET /  HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a tab behind the method', "GET\t/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a tab behind the target', "GET /\tHTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a form feed behind the method', "GET\f/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a vertical tab behind the target', "GET /\vHTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a space behind the version', "GET / HTTP/1.1 \r\n#{host}\r\n"
    refused 400, 'a word behind the version', "GET / HTTP/1.1 x\r\n#{host}\r\n"
    refused 400, 'a method alone', "GET\r\n#{host}\r\n"
    refused 400, 'a method and a space', "GET \r\n#{host}\r\n"
    refused 400, 'a request line of spaces', "   \r\n#{host}\r\n"
    refused 400, 'no method', "/ HTTP/1.1\r\n#{host}\r\n"
    refused 501, 'a method that is too long', "#{'M' * 100} / HTTP/1.1\r\n#{host}\r\n"
    refused 414, 'a target that is too long', "GET /#{'a' * 10_000} HTTP/1.1\r\n#{host}\r\n"
    refused 414, 'a query that is too long', "GET /?#{'a' * 10_000} HTTP/1.1\r\n#{host}\r\n"
    refused 431, 'a head that is too long', "#{get}#{"X: #{'y' * 1000}\r\n" * 40}\r\n"
    refused 431, 'a field that is too long', "#{get}X: #{'y' * 100_000}\r\n\r\n"
    refused 431, 'too many fields', "#{get}#{"X: y\r\n" * 200}\r\n"
    refused 400, 'a carriage return behind the method', "GET\r/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a space of ISO 8859 behind the method', "GET\xA0/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a space of ISO 8859 behind the target', "GET /\xA0HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a NUL behind the method', "GET\0/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a NUL behind the target', "GET /\0HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a tab and a space behind the target', "GET /\t HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'three spaces behind the version', "GET / HTTP/1.1   \r\n#{host}\r\n"
    refused 400, 'a folded request line', "GET /\r\n HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a request line in quotes', "\"GET / HTTP/1.1\"\r\n#{host}\r\n"
    refused 400, 'a field before the request line', "#{host}#{get}\r\n"
  end

  section '9110 9.1' do
    accepted 'an unknown method', "BREW / HTTP/1.1\r\n#{host}\r\n", { 'REQUEST_METHOD' => 'BREW' }
    accepted 'a known method in lower case, which is another', "get / HTTP/1.1\r\n#{host}\r\n",
             { 'REQUEST_METHOD' => 'get' }
    accepted 'every character of a token', "!#$%&'*+-.^_`|~9aZ / HTTP/1.1\r\n#{host}\r\n"
    accepted 'a method of one letter', "X / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a parenthesis in the method', "G(T / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a colon in the method', "GET: / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a slash in the method', "GET/ / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an at sign in the method', "G@T / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'quotes around the method', "\"GET\" / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a comma in the method', "GET,POST / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a control character in the method', "G\x01ET / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'NUL in the method', "GE\0T / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a letter beyond ASCII in the method', "G\xC3\x8BT / HTTP/1.1\r\n#{host}\r\n"
    accepted 'TRACE, which is the application\'s', "TRACE / HTTP/1.1\r\n#{host}\r\n", { 'REQUEST_METHOD' => 'TRACE' }
    refused 400, 'an empty method', " / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an equals sign in the method', "GET=1 / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'brackets in the method', "[GET] / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'braces in the method', "{GET} / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a backslash in the method', "G\\T / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a question mark in the method', "GET? / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'angle brackets in the method', "<GET> / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a semicolon in the method', "GET;x / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'DEL in the method', "G\x7FT / HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a vertical tab in the method', "G\vT / HTTP/1.1\r\n#{host}\r\n"
    accepted 'a body of DELETE', "DELETE / HTTP/1.1\r\n#{host}Content-Length: 3\r\n\r\nabc#{get}\r\n",
             { 'REQUEST_METHOD' => 'DELETE', 'body' => 'abc' }, { 'REQUEST_METHOD' => 'GET' }
    accepted 'a body of OPTIONS', "OPTIONS / HTTP/1.1\r\n#{host}Content-Length: 3\r\n\r\nabc", { 'body' => 'abc' }
    accepted 'a body of an unknown method by chunks',
             "BREW / HTTP/1.1\r\n#{host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n#{end_of_chunks}",
             { 'body' => 'abc' }
  end

  # "The server MUST NOT send content in the response": whatever else is wrong.
  section '9110 9.3.2' do
    last 'HEAD', "HEAD / HTTP/1.1\r\n#{host}Connection: close\r\n\r\n", { 'REQUEST_METHOD' => 'HEAD' }
    refused 414, 'HEAD of a target that is too long', "HEAD /#{'a' * 10_000} HTTP/1.1\r\n#{host}\r\n"
    refused 431, 'HEAD with too many fields', "HEAD / HTTP/1.1\r\n#{host}#{"X: y\r\n" * 200}\r\n"
    refused 400, 'HEAD with a bad field', "HEAD / HTTP/1.1\r\n#{host}X : y\r\n\r\n"
    refused 400, 'HEAD of a bad target', "HEAD /a#b HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'HEAD without version', "HEAD /\r\n#{host}\r\n"
    refused 505, 'HEAD of version 2.0', "HEAD / HTTP/2.0\r\n#{host}\r\n"
    refused 400, 'HEAD that is folded', "HEAD / HTTP/1.1\r\n#{host} b\r\n\r\n"
    refused 400, 'HEAD with bad chunks',
            "HEAD / HTTP/1.1\r\n#{host}Transfer-Encoding: chunked\r\n\r\nx\r\n#{end_of_chunks}"
  end

  # "A client MUST NOT send content in a TRACE request."
  section '9110 9.3.8' do
    refused 400, 'a body of TRACE', "TRACE / HTTP/1.1\r\n#{host}Content-Length: 3\r\n\r\nabc#{get}\r\n"
    refused 400, 'a body of TRACE by chunks',
            "TRACE / HTTP/1.1\r\n#{host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'no chunk of TRACE but the last',
            "TRACE / HTTP/1.1\r\n#{host}Transfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a body of TRACE from HTTP/1.0', "TRACE / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"
    accepted 'TRACE of length 0', "TRACE / HTTP/1.1\r\n#{host}Content-Length: 0\r\n\r\n"
    accepted 'a body of another method that begins like TRACE',
             "TRACER / HTTP/1.1\r\n#{host}Content-Length: 3\r\n\r\nabc", { 'body' => 'abc' }
  end

  section '9112 3.2.1' do
    accepted 'a query', "GET /a?b=c&d HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/a', 'QUERY_STRING' => 'b=c&d' }
    accepted 'an empty query', "GET /a? HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/a', 'QUERY_STRING' => '' }
    accepted 'a question mark in the query', "GET /a?b?c/d HTTP/1.1\r\n#{host}\r\n", { 'QUERY_STRING' => 'b?c/d' }
    accepted 'a percent-encoded path', "GET /%41%2f%00 HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/%41%2f%00' }
    accepted 'every character of a path', "GET /-._~!$&'()*+,;=:@ HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => "/-._~!$&'()*+,;=:@" }
    accepted 'dot segments, which are the application\'s', "GET /a/../b HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '/a/../b' }
    accepted 'two slashes at the start', "GET //a/b HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '//a/b' }
    accepted 'brackets in the query, as forms have them', "GET /?a[]=1 HTTP/1.1\r\n#{host}\r\n",
             { 'QUERY_STRING' => 'a[]=1' }
    refused 400, 'no target', "GET HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an empty target', "GET  HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a path without slash', "GET index.html HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a query without path', "GET ?a HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a fragment', "GET /a#b HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a space in the path', "GET /a b HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'NUL in the path', "GET /a\0b HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a control character in the path', "GET /a\x1Fb HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'DEL in the path', "GET /a\x7Fb HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'bytes beyond ASCII in the path', "GET /\xC3\xBC HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'bytes beyond ASCII in the query', "GET /?\xFF HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a backslash at the start', "GET \\a HTTP/1.1\r\n#{host}\r\n"
    accepted 'brackets, a caret and a bar in the path, as browsers send them', "GET /[a]^b|c HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '/[a]^b|c' }
    accepted 'what browsers do not encode in a query', "GET /?\\^`{|}[] HTTP/1.1\r\n#{host}\r\n",
             { 'QUERY_STRING' => '\\^`{|}[]' }
    accepted 'a percent sign alone in a query, as browsers send it', "GET /?100% HTTP/1.1\r\n#{host}\r\n",
             { 'QUERY_STRING' => '100%' }
    accepted 'a path of many slashes', "GET ///// HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/////' }
    accepted 'an absolute target inside a path', "GET /http://b/ HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '/http://b/', 'SERVER_NAME' => 'a' }
    accepted 'an encoded line end in the path', "GET /%0d%0aX:%20y HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '/%0d%0aX:%20y' }
    accepted 'an encoded fragment', "GET /a%23b HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/a%23b' }
    refused 400, 'a fragment alone', "GET # HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a fragment behind a query', "GET /a?b#c HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a space in the query', "GET /?a b HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a tab in the path', "GET /a\tb HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'NUL in the query', "GET /?a\0b HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a vertical tab in the query', "GET /?a\vb HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'DEL in the query', "GET /?a\x7F HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a next line of ISO 8859 in the path', "GET /a\x85b HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an overlong slash in the path', "GET /\xC0\xAF HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a backslash in the path', "GET /a\\b HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'quotes in the path', "GET /\"a\" HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'quotes in the query', "GET /?\"a\" HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'angle brackets in the path', "GET /<a> HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'angle brackets in the query', "GET /?<script> HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'braces in the path', "GET /{a} HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a backtick in the path', "GET /`a` HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a percent sign without digits', "GET /%zz HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a percent sign at the end of the path', "GET /a% HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a percent sign with one digit', "GET /%4 HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a percent sign with one digit before a query', "GET /%4?1 HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an encoding of four digits', "GET /%u0041 HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a target of dots', "GET .. HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a target of an encoded slash', "GET %2f HTTP/1.1\r\n#{host}\r\n"
    accepted 'an encoded NUL', "GET /a%00b HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/a%00b' }
    accepted 'encoded dots', "GET /%2e%2e/a HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/%2e%2e/a' }
    accepted 'an overlong slash that is encoded', "GET /%c0%af HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/%c0%af' }
    accepted 'a line end that is encoded in a query', "GET /?%0d%0aX:%20y HTTP/1.1\r\n#{host}\r\n",
             { 'QUERY_STRING' => '%0d%0aX:%20y', 'HTTP_X' => nil }
    accepted 'a colon in the first segment', "GET /a:80/ HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/a:80/' }
    accepted 'a user in a path', "GET /u:p@b/ HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '/u:p@b/', 'SERVER_NAME' => 'a' }
    accepted 'a slash in the query', "GET /?//b/ HTTP/1.1\r\n#{host}\r\n", { 'QUERY_STRING' => '//b/' }
    refused 400, 'a tab in the query', "GET /?a\tb HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'CR in the query', "GET /?a\rb HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'LF in the path', "GET /a\nb HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an escape in the path', "GET /a\eb HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a word and a colon', "GET a: HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an authority with slashes', "GET b/c HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a semicolon before the slash', "GET ;/a HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a path that begins with an encoded dot', "GET %2e/a HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a path in quotes', "GET \"/\" HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a path in angle brackets', "GET </> HTTP/1.1\r\n#{host}\r\n"
  end

  section '9112 3.2.2' do
    accepted 'a target in absolute form', "GET http://b:81/c?d HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '/c', 'QUERY_STRING' => 'd', 'SERVER_NAME' => 'b', 'SERVER_PORT' => '81' }
    accepted 'an absolute target without path', "GET http://b HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/' }
    accepted 'an absolute target with a query alone', "GET http://b?c HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '/', 'QUERY_STRING' => 'c' }
    accepted 'an absolute target in upper case', "GET HTTP://B/ HTTP/1.1\r\n#{host}\r\n"
    last 'an absolute target of HTTP/1.0',
         "GET http://b/c HTTP/1.0\r\n\r\n", { 'PATH_INFO' => '/c', 'SERVER_NAME' => 'b' }
    refused 400, 'an absolute target without Host', "GET http://b/ HTTP/1.1\r\n\r\n"
    refused 400, 'an absolute target without host', "GET http:///a HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with a user', "GET http://user@b/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with user and password', "GET http://user:word@b/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with a fragment', "GET http://b/#c HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with a bad port', "GET http://b:x/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with a port too high', "GET http://b:70000/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'one slash behind the scheme', "GET http:/b HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a scheme alone', "GET http:// HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'another scheme', "GET ftp://b/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a scheme that is no host', "GET file:///etc/passwd HTTP/1.1\r\n#{host}\r\n"
    accepted 'an absolute target whose host is not that of Host',
             "GET http://b.example/ HTTP/1.1\r\nHost: c.example\r\n\r\n",
             { 'HTTP_HOST' => 'b.example', 'SERVER_NAME' => 'b.example' }
    accepted 'an absolute target with an empty port', "GET http://b:/ HTTP/1.1\r\n#{host}\r\n"
    accepted 'an absolute target of IPv6', "GET http://[::1]:8080/ HTTP/1.1\r\n#{host}\r\n",
             { 'SERVER_NAME' => '[::1]', 'SERVER_PORT' => '8080' }
    refused 400, 'two Hosts beside an absolute target', "GET http://b/ HTTP/1.1\r\n#{host}#{host}\r\n"
    refused 400, 'a backslash behind the scheme', "GET http:\\\\b/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a backslash in the host of a target', "GET http://b\\c/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a space in the host of a target', "GET http://b c/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'bytes beyond ASCII in the host of a target', "GET http://b\xC3\xBC/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'two ports in a target', "GET http://b:80:81/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a negative port in a target', "GET http://b:-1/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an open bracket in a target', "GET http://[::1/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a fragment behind the host of a target', "GET http://b#/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a bad percent sign in an absolute target', "GET http://b/%q HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'no scheme', "GET ://b/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a scheme with a script', "GET javascript:alert(1) HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a scheme of WebSocket', "GET ws://b/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an opaque target', "GET urn:a:b HTTP/1.1\r\n#{host}\r\n"
    accepted 'OPTIONS of an absolute target without path', "OPTIONS http://b HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '/', 'SERVER_NAME' => 'b' }
    accepted 'a port and a query without path', "GET http://b:81?c HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '/', 'QUERY_STRING' => 'c', 'SERVER_PORT' => '81' }
    accepted 'two slashes behind the host of a target', "GET http://b//c HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '//c', 'SERVER_NAME' => 'b' }
    accepted 'an absolute target with an empty Host', "GET http://b/ HTTP/1.1\r\nHost:\r\n\r\n",
             { 'HTTP_HOST' => 'b' }
    accepted 'a body of an absolute target', "POST http://b/ HTTP/1.1\r\n#{host}Content-Length: 3\r\n\r\nabc",
             { 'body' => 'abc' }
    refused 400, 'an absolute target with a user that is empty', "GET http://@b/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with a user and no host', "GET http://u@/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with an encoded user', "GET http://a%12:b!&*$@b:81/c HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with a port alone', "GET http://:80/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target of two hosts', "GET http://b,c/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with a bad percent sign in its host', "GET http://%zz/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with a zone', "GET http://[fe80::1%25eth0]/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with words behind the bracket', "GET http://[::1]b/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with a caret in its host', "GET http://b^c/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target with NUL in its host', "GET http://b\0c/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'three slashes behind the scheme', "GET http:///b/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'no colon behind the scheme', "GET http//b/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'no slash behind the scheme', "GET http:b HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a scheme that begins like one we know', "GET httpx://b/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'a space before the colon of the scheme', "GET http ://b/ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'no scheme but its slashes, and a bad host', "GET /\\b HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an absolute target without Host, which is named', "GET http://a/ HTTP/1.1\r\nX: y\r\n\r\n"
  end

  # "A request for an "https" resource MUST be rejected unless it has been received over a connection that has been
  # secured", but from a trusted gateway.
  section '9110 7.4' do
    refused 421, 'https in a target', "GET https://b/ HTTP/1.1\r\n#{host}\r\n"
    refused 421, 'https in a target, in upper case', "GET HTTPS://b/ HTTP/1.1\r\n#{host}\r\n"
    refused 421, 'https in a target without path', "GET https://b HTTP/1.1\r\n#{host}\r\n"
    refused 421, 'https in a target of HTTP/1.0', "GET https://b/ HTTP/1.0\r\n\r\n"
    refused 421, 'https in a target of HEAD', "HEAD https://b/ HTTP/1.1\r\n#{host}\r\n"
    refused 421, 'https in a target of OPTIONS', "OPTIONS https://b HTTP/1.1\r\n#{host}\r\n"
    refused 421, 'https in a target with the port of http', "GET https://a:80/ HTTP/1.1\r\n#{host}\r\n"
    refused 421, 'a body of https in a target, which is not read as a request',
            "POST https://b/ HTTP/1.1\r\n#{host}Content-Length: #{get.bytesize + 2}\r\n\r\n#{get}\r\n"
    refused 421, 'https in a target behind a request', "#{get}\r\nGET https://b/ HTTP/1.1\r\n#{host}\r\n", before: 1
    refused 400, 'https in a target without Host', "GET https://b/ HTTP/1.1\r\n\r\n"
    accepted 'https inside a path', "GET /https://b/ HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/https://b/' }
  end

  section '9112 3.2.3' do
    refused 501, 'CONNECT, when nobody tunnels', "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"
    refused 400, 'CONNECT without port', "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT to a path', "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT to an absolute target', "CONNECT http://a:443/ HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT to an empty host', "CONNECT :443 HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'an authority with another method', "GET a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"
    refused 400, 'CONNECT with port 0', "CONNECT a:0 HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT with a port too high', "CONNECT a:65536 HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT with an empty port', "CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT with a user', "CONNECT u@a:443 HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT to an asterisk', "CONNECT * HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 501, 'a request behind CONNECT, which is not answered',
            "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n#{get}\r\n"
    refused 501, 'CONNECT with a body', "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nContent-Length: 3\r\n\r\nabc"
    refused 501, 'CONNECT to IPv6', "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n"
    refused 501, 'CONNECT from HTTP/1.0', "CONNECT a:443 HTTP/1.0\r\n\r\nsome data"
    refused 400, 'CONNECT without Host', "CONNECT a:443 HTTP/1.1\r\n\r\n"
    refused 400, 'CONNECT to two ports', "CONNECT a:443:80 HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT with a path behind the port', "CONNECT a:443/ HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT with a query behind the port', "CONNECT a:443?b HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT to IPv6 without brackets', "CONNECT ::1:443 HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT with a port of letters', "CONNECT a:https HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT with a coding and a length',
            "CONNECT a:443 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"
  end

  section '9112 3.2.4' do
    accepted 'OPTIONS of the server', "OPTIONS * HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => asterisk, 'REQUEST_URI' => '*', 'REQUEST_METHOD' => 'OPTIONS' }
    accepted 'OPTIONS of a path', "OPTIONS /a HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/a' }
    refused 400, 'an asterisk with another method', "GET * HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an asterisk and more', "OPTIONS *a HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an asterisk with a query', "OPTIONS *?a HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an asterisk with a method that we do not know', "M-SEARCH * HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an asterisk and a path', "OPTIONS */ HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'two asterisks', "OPTIONS ** HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an asterisk of OPTIONS in lower case', "options * HTTP/1.1\r\n#{host}\r\n"
    last 'OPTIONS of the server from HTTP/1.0', "OPTIONS * HTTP/1.0\r\n\r\n", { 'PATH_INFO' => asterisk }
  end

  section '9112 3.2' do
    refused 400, 'no Host', "GET / HTTP/1.1\r\n\r\n"
    refused 400, 'no Host among other fields', "GET / HTTP/1.1\r\nX: y\r\nHostname: a\r\n\r\n"
    refused 400, 'two Hosts', "#{get}Host: b\r\n\r\n"
    refused 400, 'two Hosts alike', "#{get}#{host}\r\n"
    refused 400, 'two Hosts, one in upper case', "#{get}HOST: b\r\n\r\n"
    refused 400, 'two Hosts from HTTP/1.0', "GET / HTTP/1.0\r\n#{host}Host: b\r\n\r\n"
    accepted 'an empty Host', "GET / HTTP/1.1\r\nHost:\r\n\r\n"
    accepted 'a Host with port', "GET / HTTP/1.1\r\nHost: example.org:8080\r\n\r\n",
             { 'HTTP_HOST' => 'example.org:8080', 'SERVER_NAME' => 'example.org', 'SERVER_PORT' => '8080' }
    accepted 'a Host with an empty port', "GET / HTTP/1.1\r\nHost: example.org:\r\n\r\n"
    accepted 'a Host of IPv4', "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", { 'SERVER_NAME' => '127.0.0.1' }
    accepted 'a Host of IPv6', "GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", { 'SERVER_NAME' => '[2001:db8::1]' }
    accepted 'a Host with an underscore', "GET / HTTP/1.1\r\nHost: a_b.example\r\n\r\n"
    accepted 'white space around Host', "GET / HTTP/1.1\r\nHost: \t example.org \t\r\n\r\n",
             { 'HTTP_HOST' => 'example.org' }
    refused 400, 'a Host with a space', "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"
    refused 400, 'a Host that is a list', "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"
    refused 400, 'a Host with a path', "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"
    refused 400, 'a Host with a query', "GET / HTTP/1.1\r\nHost: a?b\r\n\r\n"
    refused 400, 'a Host with a fragment', "GET / HTTP/1.1\r\nHost: a#b\r\n\r\n"
    refused 400, 'a Host with a user', "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n"
    refused 400, 'a Host with a scheme', "GET / HTTP/1.1\r\nHost: http://a\r\n\r\n"
    refused 400, 'a Host with a backslash', "GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n"
    refused 400, 'a Host with a port of letters', "GET / HTTP/1.1\r\nHost: a:http\r\n\r\n"
    refused 400, 'a Host with a port too high', "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"
    refused 400, 'a Host with a negative port', "GET / HTTP/1.1\r\nHost: a:-1\r\n\r\n"
    refused 400, 'a Host with two ports', "GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n"
    refused 400, 'a Host that is a port alone', "GET / HTTP/1.1\r\nHost: :80\r\n\r\n"
    refused 400, 'a Host of IPv6 without brackets', "GET / HTTP/1.1\r\nHost: 2001:db8::1\r\n\r\n"
    refused 400, 'a Host with one bracket', "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"
    refused 400, 'a Host with words behind the bracket', "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n"
    refused 400, 'a Host that is no IPv6 in brackets', "GET / HTTP/1.1\r\nHost: [a]\r\n\r\n"
    refused 400, 'a Host with bytes beyond ASCII', "GET / HTTP/1.1\r\nHost: gr\xC3\xBCn\r\n\r\n"
    refused 400, 'a bad Host beside a target in absolute form', "GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n"
    refused 400, 'a bad Host from HTTP/1.0', "GET / HTTP/1.0\r\nHost: a/b\r\n\r\n"
    accepted 'a Host in upper case', "GET / HTTP/1.1\r\nHOST: A.EXAMPLE\r\n\r\n"
    accepted 'a Host with an encoded byte', "GET / HTTP/1.1\r\nHost: a%20b\r\n\r\n"
    accepted 'a Host with a dot at its end', "GET / HTTP/1.1\r\nHost: a.example.\r\n\r\n"
    refused 400, 'a Host of white space and another', "GET / HTTP/1.1\r\nHost: \r\nHost: a\r\n\r\n"
    refused 400, 'two Hosts far apart', "#{get}X: y\r\nZ: z\r\nhost: b\r\n\r\n"
    refused 400, 'a folded second Host', "#{get} Host: b\r\n\r\n"
    refused 400, 'a Host with a tab inside', "GET / HTTP/1.1\r\nHost: a\tb\r\n\r\n"
    refused 400, 'a Host with NUL', "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"
    refused 400, 'a Host with a vertical tab', "GET / HTTP/1.1\r\nHost: \va\r\n\r\n"
    refused 400, 'a Host with a space of ISO 8859', "GET / HTTP/1.1\r\nHost: a\xA0\r\n\r\n"
    refused 400, 'a Host with a user and password', "GET / HTTP/1.1\r\nHost: u:p@a\r\n\r\n"
    refused 400, 'a Host with a user that is empty', "GET / HTTP/1.1\r\nHost: @a\r\n\r\n"
    refused 400, 'a Host in quotes', "GET / HTTP/1.1\r\nHost: \"a\"\r\n\r\n"
    refused 400, 'a Host in angle brackets', "GET / HTTP/1.1\r\nHost: <a>\r\n\r\n"
    refused 400, 'a Host with a caret', "GET / HTTP/1.1\r\nHost: a^b\r\n\r\n"
    refused 400, 'a Host with a bad percent sign', "GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n"
    refused 400, 'a Host with a port with a plus', "GET / HTTP/1.1\r\nHost: a:+80\r\n\r\n"
    refused 400, 'a Host with a port and a space', "GET / HTTP/1.1\r\nHost: a: 80\r\n\r\n"
    refused 400, 'a Host with a port and a path', "GET / HTTP/1.1\r\nHost: a:80/b\r\n\r\n"
    refused 400, 'a Host with a zone', "GET / HTTP/1.1\r\nHost: [fe80::1%eth0]\r\n\r\n"
    refused 400, 'a Host of an asterisk and a slash', "GET / HTTP/1.1\r\nHost: */\r\n\r\n"
    accepted 'a Host of IPv6 and an empty port', "GET / HTTP/1.1\r\nHost: [::1]:\r\n\r\n"
    accepted 'a Host of IPv4 in IPv6', "GET / HTTP/1.1\r\nHost: [::ffff:1.2.3.4]\r\n\r\n"
    accepted 'a Host of an address to come', "GET / HTTP/1.1\r\nHost: [v1.a:b]\r\n\r\n"
    accepted 'a Host with a port of leading zeros', "GET / HTTP/1.1\r\nHost: a:00080\r\n\r\n",
             { 'HTTP_HOST' => 'a:00080', 'SERVER_PORT' => '80' }
    accepted 'a Host with a port of zeros', "GET / HTTP/1.1\r\nHost: a:00\r\n\r\n", { 'SERVER_PORT' => '0' }
    # A comma is good in a name, but looks like two Hosts that somebody has joined.
    refused 400, 'a Host with a comma', "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"
    refused 400, 'a Host with a comma behind it', "GET / HTTP/1.1\r\nHost: a,\r\n\r\n"
    refused 400, 'a Host with a port and another', "GET / HTTP/1.1\r\nHost: a:80,b\r\n\r\n"
    refused 400, 'a Host of a colon', "GET / HTTP/1.1\r\nHost: :\r\n\r\n"
    refused 400, 'a Host of IPv4 and two ports', "GET / HTTP/1.1\r\nHost: 1.2.3.4:80:81\r\n\r\n"
    refused 400, 'a Host of empty brackets', "GET / HTTP/1.1\r\nHost: []\r\n\r\n"
    refused 400, 'a Host of three colons', "GET / HTTP/1.1\r\nHost: [:::]\r\n\r\n"
    refused 400, 'a Host of IPv6 with nine groups', "GET / HTTP/1.1\r\nHost: [1:2:3:4:5:6:7:8:9]\r\n\r\n"
    refused 400, 'a Host of IPv6 with five digits', "GET / HTTP/1.1\r\nHost: [12345::]\r\n\r\n"
    refused 400, 'a Host of IPv6 shortened twice', "GET / HTTP/1.1\r\nHost: [1::2::3]\r\n\r\n"
    refused 400, 'a Host of IPv6 with bad IPv4', "GET / HTTP/1.1\r\nHost: [::1.2.3.256]\r\n\r\n"
    refused 400, 'a Host of IPv6 with a space', "GET / HTTP/1.1\r\nHost: [::1 ]\r\n\r\n"
    refused 400, 'a Host of IPv4 in brackets', "GET / HTTP/1.1\r\nHost: [1.2.3.4]\r\n\r\n"
    refused 400, 'a Host of a closing bracket', "GET / HTTP/1.1\r\nHost: a]\r\n\r\n"
    refused 400, 'a Host of an address to come without version', "GET / HTTP/1.1\r\nHost: [v.a]\r\n\r\n"
    refused 400, 'a Host with an encoding of one digit', "GET / HTTP/1.1\r\nHost: a%2\r\n\r\n"
    refused 400, 'a Host with a backtick', "GET / HTTP/1.1\r\nHost: `a`\r\n\r\n"
    refused 400, 'a Host in braces', "GET / HTTP/1.1\r\nHost: {a}\r\n\r\n"
    refused 400, 'a Host with a bar', "GET / HTTP/1.1\r\nHost: a|b\r\n\r\n"
    refused 400, 'a Host with DEL', "GET / HTTP/1.1\r\nHost: a\x7F\r\n\r\n"
    refused 400, 'an empty Host and another', "GET / HTTP/1.1\r\nHost:\r\nHost: a\r\n\r\n"
    refused 400, 'a Host and an empty one', "#{get}Host:\r\n\r\n"
    refused 400, 'no Host but a name with an underscore', "GET / HTTP/1.1\r\nHost_: a\r\n\r\n"
    refused 400, 'two Hosts of a body', "#{post}Host: b\r\nContent-Length: 3\r\n\r\nabc"
  end

  section '9112 5.1' do
    refused 400, 'a space before the colon', "#{get}X : y\r\n\r\n"
    refused 400, 'a tab before the colon', "#{get}X\t: y\r\n\r\n"
    refused 400, 'a space before the colon of Content-Length', "#{post}Content-Length : 3\r\n\r\nabc"
    refused 400, 'a space before the colon of Transfer-Encoding',
            "#{post}Transfer-Encoding : chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a space before the colon of Host', "GET / HTTP/1.1\r\nHost : a\r\n\r\n"
    refused 400, 'no colon', "#{get}nonsense\r\n\r\n"
    refused 400, 'a colon alone', "#{get}:\r\n\r\n"
    refused 400, 'an empty name', "#{get}: y\r\n\r\n"
    refused 400, 'a space in a name', "#{get}X Y: z\r\n\r\n"
    refused 400, 'a line of a space', "#{get} \r\n\r\n"
    accepted 'no space behind the colon', "#{get}X:y\r\n\r\n", { 'HTTP_X' => 'y' }
    accepted 'much white space around a value', "#{get}X: \t  y z \t \r\n\r\n", { 'HTTP_X' => 'y z' }
    accepted 'an empty value', "#{get}X:\r\n\r\n", { 'HTTP_X' => '' }
    accepted 'a value of white space', "#{get}X: \t \r\n\r\n", { 'HTTP_X' => '' }
    accepted 'a colon in a value', "#{get}X: y:z:\r\n\r\n", { 'HTTP_X' => 'y:z:' }
    accepted 'a value of punctuation', "#{get}X: \"(),/:;<=>?@[\\]{}\r\n\r\n", { 'HTTP_X' => '"(),/:;<=>?@[\\]{}' }
    refused 400, 'a vertical tab before the colon', "#{get}X\v: y\r\n\r\n"
    refused 400, 'a form feed before the colon', "#{get}X\f: y\r\n\r\n"
    refused 400, 'a space of ISO 8859 before the colon', "#{get}X\xA0: y\r\n\r\n"
    refused 400, 'a next line of ISO 8859 before the colon', "#{get}X\x85: y\r\n\r\n"
    refused 400, 'CR before the colon', "#{get}X\r: y\r\n\r\n"
    refused 400, 'NUL before the colon of Transfer-Encoding',
            "#{post}Transfer-Encoding\0: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a tab before the colon of Transfer-Encoding',
            "#{post}Transfer-Encoding\t: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a vertical tab before the colon of Transfer-Encoding',
            "#{post}Transfer-Encoding\v: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a space before Transfer-Encoding',
            "#{post}X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc"
    refused 400, 'a form feed before Transfer-Encoding', "#{post}\fTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a space of ISO 8859 before Transfer-Encoding',
            "#{post}\xA0Transfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'an equals sign instead of the colon', "#{post}Content-Length= 3\r\n\r\nabc"
    refused 400, 'a semicolon instead of the colon', "#{post}Transfer-Encoding; chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a space inside the name of Content-Length', "#{post}Content Length: 3\r\n\r\nabc"
    refused 400, 'a colon before the name', "#{get}:X: y\r\n\r\n"
    refused 400, 'a request line among the fields', "#{get}GET /b HTTP/1.1\r\n\r\n"
    accepted 'two colons, the second in the value', "#{get}X:: y\r\n\r\n", { 'HTTP_X' => ': y' }
    refused 400, 'NUL before the colon of Content-Length', "#{post}Content-Length\0: 3\r\n\r\nabc"
    refused 400, 'NUL before Content-Length', "#{post}\0Content-Length: 3\r\n\r\nabc"
    refused 400, 'a space of no width before the colon',
            "#{post}Transfer-Encoding\u200B: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a line end before the colon', "#{post}Transfer-Encoding\r\n: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a fold before the colon', "#{post}Transfer-Encoding\r\n : chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'CR before the colon of Transfer-Encoding',
            "#{post}Transfer-Encoding\r: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'quotes around Transfer-Encoding', "#{post}\"Transfer-Encoding\": chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a space in Transfer-Encoding', "#{post}Transfer Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'two spaces before the colon of Content-Length', "#{post}Content-Length  : 3\r\n\r\nabc"
    refused 400, 'a colon of full width', "#{post}Content-Length\uFF1A 3\r\n\r\nabc"
    refused 400, 'a field of spaces and a colon', "#{get}  : y\r\n\r\n"
    accepted 'no space behind the colon of Content-Length', "#{post}Content-Length:3\r\n\r\nabc", { 'body' => 'abc' }
    accepted 'no space behind the colon of Transfer-Encoding',
             "#{post}Transfer-Encoding:chunked\r\n\r\n3\r\nabc\r\n#{end_of_chunks}", { 'body' => 'abc' }
    accepted 'a tab behind the colon of Transfer-Encoding',
             "#{post}Transfer-Encoding:\tchunked\r\n\r\n3\r\nabc\r\n#{end_of_chunks}", { 'body' => 'abc' }
  end

  section '9110 5.1' do
    accepted 'names in any case', "GET / HTTP/1.1\r\nhOsT: a\r\nx-LOUD: y\r\n\r\n",
             { 'HTTP_HOST' => 'a', 'HTTP_X_LOUD' => 'y' }
    accepted 'every character of a token in a name', "#{get}!#$%&'*+-.^`|~9aZ: y\r\n\r\n"
    refused 400, 'a parenthesis in a name', "#{get}X(Y): z\r\n\r\n"
    refused 400, 'an at sign in a name', "#{get}X@Y: z\r\n\r\n"
    refused 400, 'quotes around a name', "#{get}\"X\": z\r\n\r\n"
    refused 400, 'brackets in a name', "#{get}X[]: z\r\n\r\n"
    refused 400, 'an equals sign in a name', "#{get}X=Y: z\r\n\r\n"
    refused 400, 'a control character in a name', "#{get}X\x01Y: z\r\n\r\n"
    refused 400, 'NUL in a name', "#{get}X\0Y: z\r\n\r\n"
    refused 400, 'DEL in a name', "#{get}X\x7FY: z\r\n\r\n"
    refused 400, 'bytes beyond ASCII in a name', "#{get}gr\xC3\xBCn: z\r\n\r\n"
    refused 400, 'a slash in a name', "#{get}X/Y: z\r\n\r\n"
    refused 400, 'a comma in a name', "#{get}X,Y: z\r\n\r\n"
    refused 400, 'a backslash in a name', "#{get}X\\Y: z\r\n\r\n"
    refused 400, 'braces in a name', "#{get}{X}: z\r\n\r\n"
    refused 400, 'a vertical tab in a name', "#{get}X\vY: z\r\n\r\n"
    refused 400, 'a next line of ISO 8859 in a name', "#{get}X\x85Y: z\r\n\r\n"
    refused 400, 'a letter like k beyond ASCII in a name', "#{get}\u212Aeep-Alive: z\r\n\r\n"
    accepted 'a name with an underscore, which is dropped', "#{get}X_Forwarded_For: b\r\nX-Forwarded-For: c\r\n\r\n",
             { 'HTTP_X_FORWARDED_FOR' => 'c' }
    accepted 'a name that is not Transfer-Encoding',
             "#{post}X-Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
             { 'body' => 'abc' }
    accepted 'a name that only begins like Transfer-Encoding',
             "#{post}Transfer-Encodings: chunked\r\nContent-Length: 3\r\n\r\nabc", { 'body' => 'abc' }
    accepted 'a name that lacks a letter of Content-Length', "#{post}Content-Lengt: 3\r\n\r\n#{get}\r\n",
             { 'body' => '' }, {}
    accepted 'a name as long as Content-Length, with another mark', "#{post}Content.Length: 3\r\n\r\n#{get}\r\n",
             { 'body' => '' }, {}
  end

  section '9110 5.3' do
    accepted 'repeated fields, which join', "#{get}X: 1\r\nx: 2\r\n\r\n", { 'HTTP_X' => '1, 2' }
    accepted 'repeated cookies, which join', "#{get}Cookie: a=1\r\nCookie: b=2\r\n\r\n", { 'HTTP_COOKIE' => 'a=1; b=2' }
  end

  section '9110 5.5' do
    accepted 'bytes beyond ASCII in a value', "#{get}X: gr\xC3\xBCn \xFF\r\n\r\n"
    accepted 'a tab in a value', "#{get}X: y\tz\r\n\r\n", { 'HTTP_X' => "y\tz" }
    refused 400, 'NUL in a value', "#{get}X: y\0z\r\n\r\n"
    refused 400, 'a control character in a value', "#{get}X: y\x01z\r\n\r\n"
    refused 400, 'a vertical tab in a value', "#{get}X: y\vz\r\n\r\n"
    refused 400, 'an escape in a value', "#{get}X: y\ez\r\n\r\n"
    refused 400, 'DEL in a value', "#{get}X: y\x7Fz\r\n\r\n"
    accepted 'a next line of ISO 8859 in a value, which is no line end here', "#{get}X: y\x85Z: z\r\n\r\n",
             { 'HTTP_Z' => nil }
    accepted 'a line separator of Unicode in a value', "#{get}X: y\u2028Z: z\r\n\r\n", { 'HTTP_Z' => nil }
    refused 400, 'a form feed in a value', "#{get}X: y\fz\r\n\r\n"
    refused 400, 'a backspace in a value', "#{get}X: y\bz\r\n\r\n"
    refused 400, 'NUL at the start of a value', "#{get}X: \0\r\n\r\n"
    refused 400, 'NUL at the end of a value', "#{get}X: y\0\r\n\r\n"
    refused 400, 'a vertical tab at the end of a value', "#{get}X: y\v\r\n\r\n"
  end

  section '9112 5.2' do
    refused 400, 'a folded value', "#{get}X: y\r\n z\r\n\r\n"
    refused 400, 'a value folded by a tab', "#{get}X: y\r\n\tz\r\n\r\n"
    refused 400, 'a folded Host', "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"
    refused 400, 'a value that begins on the next line', "#{post}Transfer-Encoding:\r\n chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a folded Content-Length', "#{post}Content-Length: 1\r\n 0\r\n\r\n0123456789"
    refused 400, 'a folded line of white space', "#{get}X: y\r\n \r\n\r\n"
    refused 400, 'a folded line before the empty one', "#{get}X: y\r\n\t\r\nZ: z\r\n\r\n"
    refused 400, 'a folded Connection', "#{get}Connection: keep-alive,\r\n close\r\n\r\n"
    refused 400, 'a folded Transfer-Encoding', "#{post}Transfer-Encoding: identity,\r\n chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a field hidden in a fold',
            "#{post}X: y\r\n\tContent-Length: 3\r\nContent-Length: 0\r\n\r\nabc"
    refused 400, 'a fold behind LF alone', "#{get}X: y\n z\r\n\r\n"
    refused 400, 'a fold behind CR alone', "#{get}X: y\r z\r\n\r\n"
  end

  section '9110 8.6' do
    accepted 'a body by length', "#{post}Content-Length: 3\r\n\r\nabc", { 'body' => 'abc', 'CONTENT_LENGTH' => '3' }
    accepted 'a length of 0', "#{post}Content-Length: 0\r\n\r\n", { 'body' => '' }
    accepted 'a length with leading zeros', "#{post}Content-Length: 0003\r\n\r\nabc", { 'body' => 'abc' }
    accepted 'white space around the length', "#{post}Content-Length: \t3 \r\n\r\nabc", { 'body' => 'abc' }
    accepted 'a body of GET', "#{get}Content-Length: 3\r\n\r\nabc", { 'body' => 'abc' }
    accepted 'a request behind a body', "#{post}Content-Length: 3\r\n\r\nabc#{get}\r\n", { 'body' => 'abc' },
             { 'body' => '' }
    accepted 'no length, and so no body', "#{post}\r\n#{get}\r\n", { 'body' => '' }, {}
    last 'a body by length from HTTP/1.0', "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", { 'body' => 'abc' }
    unfinished 'a body cut short', "#{post}Content-Length: 10\r\n\r\nabc"
    refused 400, 'an empty length', "#{post}Content-Length:\r\n\r\nabc"
    refused 400, 'a length with a plus', "#{post}Content-Length: +3\r\n\r\nabc"
    refused 400, 'a negative length', "#{post}Content-Length: -3\r\n\r\nabc"
    refused 400, 'a length with a space', "#{post}Content-Length: 1 0\r\n\r\n0123456789"
    refused 400, 'a hexadecimal length', "#{post}Content-Length: 0x3\r\n\r\nabc"
    refused 400, 'a hexadecimal digit in a length', "#{post}Content-Length: a\r\n\r\n0123456789"
    refused 400, 'a length with a point', "#{post}Content-Length: 3.0\r\n\r\nabc"
    refused 400, 'a length with an exponent', "#{post}Content-Length: 3e0\r\n\r\nabc"
    refused 400, 'a length with an underscore', "#{post}Content-Length: 1_0\r\n\r\n0123456789"
    refused 400, 'a length in quotes', "#{post}Content-Length: \"3\"\r\n\r\nabc"
    refused 400, 'a length with a parameter', "#{post}Content-Length: 3;a\r\n\r\nabc"
    refused 400, 'a length with a vertical tab', "#{post}Content-Length: \v3\r\n\r\nabc"
    refused 400, 'a length of digits beyond ASCII', "#{post}Content-Length: \u0663\r\n\r\nabc"
    refused 400, 'a length with NUL', "#{post}Content-Length: 3\0\r\n\r\nabc"
    refused 400, 'two lengths', "#{post}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"
    refused 400, 'two lengths alike', "#{post}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc" # may be taken as one
    refused 400, 'two lengths, one in upper case', "#{post}Content-Length: 3\r\nCONTENT-LENGTH: 4\r\n\r\nabcd"
    refused 400, 'two lengths, one empty', "#{post}Content-Length: 3\r\nContent-Length:\r\n\r\nabc"
    refused 400, 'a list of lengths', "#{post}Content-Length: 3, 4\r\n\r\nabcd"
    refused 400, 'a list of lengths alike', "#{post}Content-Length: 3, 3\r\n\r\nabc" # may be taken as one
    refused 400, 'a list with an empty element', "#{post}Content-Length: 3,\r\n\r\nabc"
    refused 400, 'a length beyond 63 bits', "#{post}Content-Length: 9223372036854775808\r\n\r\nabc"
    refused 400, 'a length beyond 64 bits', "#{post}Content-Length: 18446744073709551619\r\n\r\nabc"
    refused 400, 'a length of very many digits', "#{post}Content-Length: #{'9' * 200}\r\n\r\nabc"
    refused 413, 'a length over the limit', "#{post}Content-Length: 9223372036854775807\r\n\r\n"
    accepted 'a length with an underscore in its name, which is none', "#{post}Content_Length: 3\r\n\r\n",
             { 'body' => '' }
    last 'a body of HEAD', "HEAD / HTTP/1.1\r\n#{host}Connection: close\r\nContent-Length: 3\r\n\r\nabc",
         { 'body' => 'abc' }
    accepted 'a request inside a body, which is none',
             "#{post}Content-Length: #{get.bytesize + 2}\r\n\r\n#{get}\r\n", { 'body' => "#{get}\r\n" }
    accepted 'a request inside a body of GET, which is none',
             "#{get}Content-Length: #{get.bytesize + 2}\r\n\r\n#{get}\r\n", { 'body' => "#{get}\r\n" }
    accepted 'a length in a field of another name', "#{post}X-Content-Length: 3\r\n\r\n#{get}\r\n", { 'body' => '' }, {}
    refused 400, 'a length of white space', "#{post}Content-Length:  \t \r\n\r\nabc"
    refused 400, 'an octal length', "#{post}Content-Length: 0o3\r\n\r\nabc"
    refused 400, 'a length with a form feed', "#{post}Content-Length: 3\f\r\n\r\nabc"
    refused 400, 'a length with a space of ISO 8859', "#{post}Content-Length: \xA03\r\n\r\nabc"
    refused 400, 'a length with a next line of ISO 8859', "#{post}Content-Length: 3\x85\r\n\r\nabc"
    refused 400, 'a length with a comment', "#{post}Content-Length: 3 (three)\r\n\r\nabc"
    refused 400, 'a length with a comma before it', "#{post}Content-Length: ,3\r\n\r\nabc"
    refused 400, 'a length with two signs', "#{post}Content-Length: --3\r\n\r\nabc"
    refused 400, 'a length with a group mark', "#{post}Content-Length: 1,000\r\n\r\nabc"
    refused 400, 'a length that is not a number', "#{post}Content-Length: NaN\r\n\r\nabc"
    refused 400, 'a length in full-width digits', "#{post}Content-Length: \uFF13\r\n\r\nabc"
    refused 400, 'a negative zero', "#{post}Content-Length: -0\r\n\r\n#{get}\r\n"
    refused 400, 'a length of 64 bits', "#{post}Content-Length: 18446744073709551615\r\n\r\nabc"
    refused 400, 'a length that wraps around 32 bits and 64', "#{post}Content-Length: 18446744078004518915\r\n\r\nabc"
    refused 400, 'two lengths of which one is bad', "#{post}Content-Length: x\r\nContent-Length: 3\r\n\r\nabc"
    refused 400, 'two lengths of GET', "#{get}Content-Length: 0\r\nContent-Length: 44\r\n\r\n#{get}\r\n"
    refused 400, 'a bad length of GET', "#{get}Content-Length: -1\r\n\r\n"
    refused 400, 'a bad length from HTTP/1.0', "POST / HTTP/1.0\r\nContent-Length: x\r\n\r\nabc"
    refused 400, 'three lengths, two alike',
            "#{post}Content-Length: 3\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"
    refused 413, 'a length over the limit with bytes behind it', "#{post}Content-Length: 999999999999\r\n\r\n#{get}\r\n"
    refused 400, 'a body without length, which is the next request', "#{post}\r\nabc=def\r\n\r\n", before: 1
    refused 400, 'chunks without a coding, which are the next request', "#{post}\r\n3\r\nabc\r\n#{end_of_chunks}",
            before: 1
    refused 400, 'two lengths of HEAD', "HEAD / HTTP/1.1\r\n#{host}Content-Length: 0\r\nContent-Length: 3\r\n\r\nabc"
    refused 400, 'two lengths from HTTP/1.0', "POST / HTTP/1.0\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"
    refused 400, 'a length and an octal one', "#{post}Content-Length: 3\r\nContent-Length: 03\r\n\r\nabc"
    refused 400, 'a binary length', "#{post}Content-Length: 0b11\r\n\r\nabc"
    refused 400, 'a length with a tab', "#{post}Content-Length: 1\t0\r\n\r\n0123456789"
    refused 400, 'a length and a word', "#{post}Content-Length: 3 bytes\r\n\r\nabc"
    refused 400, 'a length and a semicolon', "#{post}Content-Length: 3;\r\n\r\nabc"
    refused 400, 'a length in single quotes', "#{post}Content-Length: '3'\r\n\r\nabc"
    refused 400, 'a length of full stops', "#{post}Content-Length: 3.\r\n\r\nabc"
    refused 400, 'a length beyond all numbers', "#{post}Content-Length: Infinity\r\n\r\nabc"
    refused 400, 'a length behind CR', "#{post}Content-Length:\r3\r\n\r\nabc"
    refused 400, 'a length behind LF', "#{post}Content-Length:\n3\r\n\r\nabc"
    refused 400, 'a length that begins on the next line', "#{post}Content-Length:\r\n 3\r\n\r\nabc"
    accepted 'a length of zeros', "#{post}Content-Length: 000\r\n\r\n#{get}\r\n", { 'body' => '' }, {}
    accepted 'a length of leading zeros beyond 64 bits', "#{post}Content-Length: #{'0' * 40}3\r\n\r\nabc",
             { 'body' => 'abc' }
    accepted 'a request line inside a body of DELETE, which is none',
             "DELETE / HTTP/1.1\r\n#{host}Content-Length: #{get.bytesize + 2}\r\n\r\n#{get}\r\n",
             { 'body' => "#{get}\r\n" }
  end

  section '9112 6.1' do
    accepted 'a body by chunks', "#{chunked}3\r\nabc\r\n#{end_of_chunks}", { 'body' => 'abc' }
    accepted 'the coding in any case', "#{post}Transfer-Encoding: CHUNKED\r\n\r\n3\r\nabc\r\n#{end_of_chunks}",
             { 'body' => 'abc' }
    accepted 'white space around the coding', "#{post}Transfer-Encoding: \t chunked \r\n\r\n#{end_of_chunks}",
             { 'body' => '' }
    accepted 'a coding with an underscore in its name, which is none', "#{post}Transfer_Encoding: chunked\r\n\r\n",
             { 'body' => '' }
    accepted 'TE, which is about the response', "#{get}TE: trailers\r\nConnection: TE\r\n\r\n"
    refused 400, 'a coding and a length',
            "#{post}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n#{end_of_chunks}"
    refused 400, 'a length and a coding',
            "#{post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a length, a coding and a request inside',
            "#{post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n5c\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'a length of 0 and a coding',
            "#{post}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding and an unknown length',
            "#{post}Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding from HTTP/1.0', "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding from HTTP/1.0 that wants to be kept',
            "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 501, 'a coding that we do not have, before chunked',
            "#{post}Transfer-Encoding: gzip, chunked\r\n\r\n#{end_of_chunks}"
    refused 501, 'an unknown coding before chunked',
            "#{post}Transfer-Encoding: identity, chunked\r\n\r\n#{end_of_chunks}"
    accepted 'chunks of GET', "#{get}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n#{end_of_chunks}#{get}\r\n",
             { 'body' => 'abc' }, {}
    last 'chunks of HEAD',
         "HEAD / HTTP/1.1\r\n#{host}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" \
         "3\r\nabc\r\n#{end_of_chunks}",
         { 'body' => 'abc' }
    accepted 'the name in any case', "#{post}tRANSFER-eNCODING: chunked\r\n\r\n#{end_of_chunks}", { 'body' => '' }
    refused 400, 'a coding and a length, with close',
            "#{post}Connection: close\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding and two lengths',
            "#{post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding and a length of GET',
            "#{get}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'an unknown coding and a length', "#{post}Transfer-Encoding: x\r\nContent-Length: 3\r\n\r\nabc"
    refused 400, 'an empty coding and a length', "#{post}Transfer-Encoding:\r\nContent-Length: 3\r\n\r\nabc"
    refused 400, 'a coding that Connection names, and a length',
            "#{post}Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc"
    refused 400, 'a length that Connection names, and a coding',
            "#{post}Connection: Content-Length\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc"
    refused 400, 'an unknown coding from HTTP/1.0',
            "POST / HTTP/1.0\r\nTransfer-Encoding: x\r\nContent-Length: 3\r\n\r\nabc"
    refused 501, 'deflate before chunked', "#{post}Transfer-Encoding: deflate, chunked\r\n\r\n#{end_of_chunks}"
    refused 501, 'a coding with parameters before chunked',
            "#{post}Transfer-Encoding: gzip;q=1, chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and a length from HTTP/1.0',
            "POST / HTTP/1.0\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding of GET from HTTP/1.0', "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding and a length of OPTIONS',
            "OPTIONS / HTTP/1.1\r\n#{host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding and a length of HEAD',
            "HEAD / HTTP/1.1\r\n#{host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding and a length of DELETE',
            "DELETE / HTTP/1.1\r\n#{host}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding in upper case and a length',
            "#{post}TRANSFER-ENCODING: CHUNKED\r\nContent-Length: 3\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding and a length far apart',
            "#{post}Content-Length: 3\r\nX: y\r\nZ: z\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding that is expected to be gone on with, and a length',
            "#{post}Expect: 100-continue\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    accepted 'chunks of OPTIONS, and a request',
             "OPTIONS / HTTP/1.1\r\n#{host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n#{end_of_chunks}#{get}\r\n",
             { 'body' => 'abc' }, {}
    accepted 'chunks of DELETE, and a request',
             "DELETE / HTTP/1.1\r\n#{host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n#{end_of_chunks}#{get}\r\n",
             { 'body' => 'abc' }, {}
    refused 501, 'compress before chunked', "#{post}Transfer-Encoding: compress, chunked\r\n\r\n#{end_of_chunks}"
    refused 501, 'two codings before chunked', "#{post}Transfer-Encoding: gzip, br, chunked\r\n\r\n#{end_of_chunks}"
  end

  section '9112 6.3' do
    refused 400, 'a coding that is not chunked', "#{post}Transfer-Encoding: gzip\r\n\r\n"
    refused 400, 'the coding identity', "#{post}Transfer-Encoding: identity\r\n\r\n"
    refused 400, 'chunked and another behind it', "#{post}Transfer-Encoding: chunked, gzip\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and identity behind it', "#{post}Transfer-Encoding: chunked, identity\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked twice', "#{post}Transfer-Encoding: chunked, chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'two fields of chunked',
            "#{post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'two fields, the last not chunked',
            "#{post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n#{end_of_chunks}"
    refused 400, 'two fields, one in lower case',
            "#{post}Transfer-Encoding: chunked\r\ntransfer-encoding: cow\r\n\r\n#{end_of_chunks}"
    refused 400, 'an empty coding', "#{post}Transfer-Encoding:\r\n\r\n#{end_of_chunks}"
    # Empty elements may be ignored.
    refused 400, 'an empty element before chunked', "#{post}Transfer-Encoding: ,chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'an empty element behind chunked', "#{post}Transfer-Encoding: chunked,\r\n\r\n#{end_of_chunks}"
    refused 400, 'a letter before chunked', "#{post}Transfer-Encoding: xchunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a letter behind chunked', "#{post}Transfer-Encoding: chunkedx\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked in quotes', "#{post}Transfer-Encoding: \"chunked\"\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked with a parameter', "#{post}Transfer-Encoding: chunked;a=b\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked behind a vertical tab', "#{post}Transfer-Encoding: \vchunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and NUL', "#{post}Transfer-Encoding: chunked\0\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and a colon', "#{post}Transfer-Encoding: : chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'two words', "#{post}Transfer-Encoding: x chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked behind a line feed', "#{post}Transfer-Encoding:\nchunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a folded coding', "#{post}X: y\r\n Transfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked in single quotes', "#{post}Transfer-Encoding: 'chunked'\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked behind a form feed', "#{post}Transfer-Encoding: \fchunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked behind a space of ISO 8859', "#{post}Transfer-Encoding: \xA0chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and a space of ISO 8859', "#{post}Transfer-Encoding: chunked\xA0\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and a next line of ISO 8859', "#{post}Transfer-Encoding: chunked\x85\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked behind NUL', "#{post}Transfer-Encoding: \0chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked behind CR', "#{post}Transfer-Encoding: \rchunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and CR twice', "#{post}Transfer-Encoding: chunked\r\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and a semicolon', "#{post}Transfer-Encoding: chunked;\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked in two words', "#{post}Transfer-Encoding: chun ked\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked with a letter beyond ASCII', "#{post}Transfer-Encoding: chun\u212Aed\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and two spaces and a word', "#{post}Transfer-Encoding: chunked  x\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked in brackets', "#{post}Transfer-Encoding: [chunked]\r\n\r\n#{end_of_chunks}"
    refused 400, 'an equals sign before chunked', "#{post}Transfer-Encoding: =chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'two fields, the first unknown',
            "#{post}Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'two fields, the first empty',
            "#{post}Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'two fields, the second empty',
            "#{post}Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked, another and chunked',
            "#{post}Transfer-Encoding: chunked, gzip, chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'nothing but commas', "#{post}Transfer-Encoding: ,,\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked behind a backspace', "#{post}Transfer-Encoding: \bchunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and a vertical tab', "#{post}Transfer-Encoding: chunked\v\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and a full stop', "#{post}Transfer-Encoding: chunked.\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and a space of no width', "#{post}Transfer-Encoding: chunked\u200B\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and LF alone', "#{post}Transfer-Encoding: chunked\n\r\n#{end_of_chunks}"
    refused 400, 'chunked behind a space of no width', "#{post}Transfer-Encoding: \u200Bchunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked and a comment', "#{post}Transfer-Encoding: chunked (x)\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked in angle brackets', "#{post}Transfer-Encoding: <chunked>\r\n\r\n#{end_of_chunks}"
    refused 400, 'chunked with a parameter of quotes',
            "#{post}Transfer-Encoding: chunked; a=\", chunked\"\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding of quotes that holds chunked',
            "#{post}Transfer-Encoding: \"x, chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a slash before chunked', "#{post}Transfer-Encoding: /chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a coding that is a number', "#{post}Transfer-Encoding: 3\r\n\r\nabc"
    refused 400, 'three fields of codings',
            "#{post}Transfer-Encoding: x\r\nTransfer-Encoding: y\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'two fields, the second with a space before its colon',
            "#{post}Transfer-Encoding: chunked\r\nTransfer-Encoding : x\r\n\r\n#{end_of_chunks}"
    refused 400, 'two fields, the first in another place',
            "POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n#{host}" \
            "Transfer-Encoding: chunked\r\n\r\n#{end_of_chunks}"
  end

  section '9112 7.1' do
    accepted 'several chunks', "#{chunked}3\r\nabc\r\n1\r\nd\r\n#{end_of_chunks}", { 'body' => 'abcd' }
    accepted 'no chunk but the last', "#{chunked}#{end_of_chunks}", { 'body' => '' }
    accepted 'sizes in either case', "#{chunked}A\r\n0123456789\r\nb\r\n0123456789a\r\n#{end_of_chunks}",
             { 'body' => '01234567890123456789a' }
    accepted 'a size with leading zeros', "#{chunked}0003\r\nabc\r\n#{end_of_chunks}", { 'body' => 'abc' }
    accepted 'a last chunk of many zeros', "#{chunked}3\r\nabc\r\n0000\r\n\r\n", { 'body' => 'abc' }
    accepted 'CRLF in the data', "#{chunked}4\r\n\r\n\r\n\r\n#{end_of_chunks}", { 'body' => "\r\n\r\n" }
    accepted 'data like an end', "#{chunked}5\r\n0\r\n\r\n\r\n#{end_of_chunks}", { 'body' => "0\r\n\r\n" }
    accepted 'a request behind the chunks', "#{chunked}3\r\nabc\r\n#{end_of_chunks}#{get}\r\n", { 'body' => 'abc' }, {}
    unfinished 'chunks without the last', "#{chunked}3\r\nabc\r\n"
    unfinished 'a chunk cut short', "#{chunked}3\r\nab"
    unfinished 'the last chunk without its end', "#{chunked}0\r\n"
    refused 400, 'no size', "#{chunked}\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size that is no number', "#{chunked}x\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size with a prefix', "#{chunked}0x3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size with a plus', "#{chunked}+3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a negative size', "#{chunked}-3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a space before the size', "#{chunked} 3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a space behind the size', "#{chunked}3 \r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a tab behind the size', "#{chunked}3\t\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'an underscore in the size', "#{chunked}0_3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'NUL behind the size', "#{chunked}3\0\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size beyond 63 bits', "#{chunked}8000000000000000\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size that wraps around to 3', "#{chunked}10000000000000003\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size of all bits', "#{chunked}FFFFFFFFFFFFFFFF\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'LF alone behind the size', "#{chunked}3\nabc\r\n#{end_of_chunks}"
    refused 400, 'CR alone behind the size', "#{chunked}3\rabc\r\n#{end_of_chunks}"
    refused 400, 'LF alone behind the data', "#{chunked}3\r\nabc\n#{end_of_chunks}"
    refused 400, 'nothing behind the data', "#{chunked}3\r\nabc#{end_of_chunks}"
    refused 400, 'data longer than its size', "#{chunked}3\r\nabcd\r\n#{end_of_chunks}"
    refused 400, 'a chunk that swallows the end', "#{chunked}3\r\nab\r\n#{end_of_chunks}"
    refused 400, 'LF alone behind the last chunk', "#{chunked}0\n\r\n"
    refused 400, 'LF alone as the end', "#{chunked}0\r\n\n"
    refused 400, 'words instead of the end', "#{chunked}0\r\nabc\r\n\r\n"
    accepted 'a request inside a chunk, which is none',
             "#{chunked}#{format('%x', get.bytesize + 2)}\r\n#{get}\r\n\r\n#{end_of_chunks}", { 'body' => "#{get}\r\n" }
    refused 400, 'a comma in the size', "#{chunked}0,3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size in quotes', "#{chunked}\"3\"\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size with a point', "#{chunked}3.0\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size with an h', "#{chunked}3h\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a prefix in upper case', "#{chunked}0X3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a prefix without digits', "#{chunked}0x\r\n\r\n"
    refused 400, 'a number sign before the size', "#{chunked}#3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a vertical tab behind the size', "#{chunked}3\v\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a form feed before the size', "#{chunked}\f3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a space of ISO 8859 behind the size', "#{chunked}3\xA0\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'full-width digits as the size', "#{chunked}\uFF13\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'two sizes', "#{chunked}3 3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a negative zero as the size', "#{chunked}-0\r\n\r\n"
    refused 400, 'a negative last chunk', "#{chunked}3\r\nabc\r\n-1\r\n\r\n"
    refused 400, 'a size that wraps around to 0', "#{chunked}10000000000000000\r\n\r\n"
    refused 400, 'a size of 32 bits, negative in 33', "#{chunked}FFFFFFFFFFFFFFFE\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'leading zeros without end', "#{chunked}#{'0' * 5_000}3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'an empty line between chunks', "#{chunked}3\r\nabc\r\n\r\n#{end_of_chunks}"
    refused 400, 'CR alone behind the data', "#{chunked}3\r\nabc\r#{end_of_chunks}"
    refused 400, 'LF and CR behind the data', "#{chunked}3\r\nabc\n\r#{end_of_chunks}"
    refused 400, 'a space behind the data', "#{chunked}3\r\nabc \r\n#{end_of_chunks}"
    refused 400, 'two bytes of any kind behind the data', "#{chunked}3\r\nabcXX#{end_of_chunks}"
    refused 400, 'CR twice behind the size', "#{chunked}3\r\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a space behind the last chunk', "#{chunked}0 \r\n\r\n"
    refused 400, 'CR alone as the end', "#{chunked}0\r\n\r\r"
    refused 400, 'CR alone behind the last chunk', "#{chunked}0\r\r\n"
    refused 400, 'a request behind the last chunk, without its end', "#{chunked}0\r\n#{get}\r\n"
    refused 400, 'lines that end by LF alone', "#{chunked}3\nabc\n0\n\n"
    refused 400, 'a size instead of the end', "#{chunked}0\r\n0\r\n\r\n"
    unfinished 'a size alone', "#{chunked}3"
    unfinished 'half the end of the data', "#{chunked}3\r\nabc\r"
    unfinished 'half the end', "#{chunked}0\r\n\r"
    refused 413, 'the largest size', "#{chunked}7FFFFFFFFFFFFFFF\r\nabc"
    refused 413, 'a size over the limit, before its data', "#{chunked}7FFFFFFF\r\n"
    refused 413, 'a size over the limit with what is there already', "#{chunked}3\r\nabc\r\n3FFFFFE\r\n"
    refused 400, 'a size over the limit in a bad line', "#{chunked}7FFFFFFF \r\nabc"
    unfinished 'a size over the limit without its line end', "#{chunked}7FFFFFFF"
    accepted 'a size of more zeros than a number has digits', "#{chunked}#{'0' * 40}3\r\nabc\r\n#{end_of_chunks}",
             { 'body' => 'abc' }
    refused 400, 'a request instead of a chunk', "#{chunked}#{get}\r\n"
    refused 400, 'a size in brackets', "#{chunked}[3]\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size and a colon', "#{chunked}3:\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size and an equals sign', "#{chunked}3=a\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size and a comma', "#{chunked}3,\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size and a hyphen', "#{chunked}3-\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size and DEL', "#{chunked}3\x7F\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a size and a next line of ISO 8859', "#{chunked}3\x85\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a tab before the size', "#{chunked}\t3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'CR before the size', "#{chunked}\r3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'LF before the size', "#{chunked}\n3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a second chunk with a bad size', "#{chunked}3\r\nabc\r\n0x3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a last chunk with a sign', "#{chunked}3\r\nabc\r\n+0\r\n\r\n"
    refused 400, 'a last chunk with a prefix', "#{chunked}3\r\nabc\r\n0x0\r\n\r\n"
    refused 400, 'an empty line for the last chunk', "#{chunked}3\r\nabc\r\n\r\n"
    refused 400, 'the next request right behind the last chunk', "#{chunked}3\r\nabc\r\n0\r\n#{get}\r\n"
    refused 400, 'LF and a size behind the data', "#{chunked}3\r\nabc\n3\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'CR and a size behind the data', "#{chunked}3\r\nabc\r3\r\nabc\r\n#{end_of_chunks}"
  end

  section '9112 7.1.1' do
    accepted 'an extension', "#{chunked}3;a\r\nabc\r\n#{end_of_chunks}", { 'body' => 'abc' }
    accepted 'an extension with a value', "#{chunked}3;a=b;c=\"d e\"\r\nabc\r\n0;x\r\n\r\n", { 'body' => 'abc' }
    refused 400, 'LF alone in an extension', "#{chunked}3;a\nabc\r\n#{end_of_chunks}"
    refused 400, 'LF alone in an extension, and a chunk behind it', "#{chunked}3;\nxx\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'CR alone in an extension', "#{chunked}3;a\rb\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'NUL in an extension', "#{chunked}3;a\0b\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'an extension that is too long', "#{chunked}3;#{'a' * 20_000}\r\nabc\r\n#{end_of_chunks}"
    accepted 'white space around the parts of an extension',
             "#{chunked}3 ; a = b\t;\tc=\"d\"\r\nabc\r\n#{end_of_chunks}", { 'body' => 'abc' }
    accepted 'several extensions', "#{chunked}3;a;b;c=d\r\nabc\r\n0;e\r\n\r\n", { 'body' => 'abc' }
    accepted 'an escaped quote in an extension', "#{chunked}3;a=\"\\\"\\\\\"\r\nabc\r\n#{end_of_chunks}",
             { 'body' => 'abc' }
    accepted 'a size in the value of an extension', "#{chunked}3;a=\"0;5\"\r\nabc\r\n#{end_of_chunks}",
             { 'body' => 'abc' }
    refused 400, 'a semicolon without extension', "#{chunked}3;\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a semicolon and a space without extension', "#{chunked}3; \r\nabc\r\n#{end_of_chunks}"
    refused 400, 'two semicolons', "#{chunked}3;;a\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'an extension without name', "#{chunked}3;=b\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'an extension without value', "#{chunked}3;a=\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'an extension of two words', "#{chunked}3;a b\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a space behind an extension', "#{chunked}3;a \r\nabc\r\n#{end_of_chunks}"
    refused 400, 'an open quote', "#{chunked}3;a=\"b\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a line end in quotes', "#{chunked}3;a=\"\r\n\"\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'an escaped line end in quotes', "#{chunked}3;a=\"\\\r\n\"\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'words behind a quote', "#{chunked}3;a=\"b\"c\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'CR alone and a size in an extension', "#{chunked}3;a\r5\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'LF alone in quotes', "#{chunked}3;a=\"\n\"\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'DEL in an extension', "#{chunked}3;a\x7F\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'LF alone in the extension of the last chunk', "#{chunked}0;a\n\r\n#{get}\r\n"
    refused 400, 'bytes beyond ASCII in the name of an extension', "#{chunked}3;\xC3\xBC\r\nabc\r\n#{end_of_chunks}"
    accepted 'bytes beyond ASCII in quotes', "#{chunked}3;a=\"\xC3\xBC\xFF\"\r\nabc\r\n#{end_of_chunks}",
             { 'body' => 'abc' }
    accepted 'a tab in quotes', "#{chunked}3;a=\"\t\"\r\nabc\r\n#{end_of_chunks}", { 'body' => 'abc' }
    accepted 'empty quotes', "#{chunked}3;a=\"\"\r\nabc\r\n#{end_of_chunks}", { 'body' => 'abc' }
    accepted 'extensions of the last chunk', "#{chunked}3\r\nabc\r\n0;a=b;c\r\n\r\n#{get}\r\n", { 'body' => 'abc' }, {}
    refused 400, 'a semicolon behind an extension', "#{chunked}3;a=b;\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'two equals signs in an extension', "#{chunked}3;a==b\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a name in quotes', "#{chunked}3;\"a\"\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a value of two words', "#{chunked}3;a=b c\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'quotes inside a value', "#{chunked}3;a=b\"c\"\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'bytes beyond ASCII in a value', "#{chunked}3;a=\xFF\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a control character in quotes', "#{chunked}3;a=\"\x01\"\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'a control character that is escaped', "#{chunked}3;a=\"\\\x01\"\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'NUL in quotes', "#{chunked}3;a=\"\0\"\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'an escaped quote at the end', "#{chunked}3;a=\"b\\\"\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'CR alone in quotes', "#{chunked}3;a=\"\r\"\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'CR twice behind an extension', "#{chunked}3;a\r\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'LF alone behind an extension, and a request', "#{chunked}2;\nxx\r\n0\r\n\r\n#{get}\r\n"
    refused 400, 'a vertical tab before a semicolon', "#{chunked}3\v;a\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'extensions without end', "#{chunked}3#{';a' * 5_000}\r\nabc\r\n#{end_of_chunks}"
  end

  section '9112 7.1.2' do
    accepted 'a trailer', "#{chunked}3\r\nabc\r\n0\r\nX: y\r\n\r\n", { 'body' => 'abc' }
    accepted 'several trailers', "#{chunked}0\r\nX: y\r\nZ:\r\n\r\n", { 'body' => '' }
    accepted 'a trailer that must not change the framing', "#{chunked}0\r\nContent-Length: 5\r\n\r\n", { 'body' => '' }
    accepted 'a trailer that must not become a field', "#{chunked}0\r\nX-Role: admin\r\n\r\n", { 'HTTP_X_ROLE' => nil }
    unfinished 'trailers without an end', "#{chunked}0\r\nX: y\r\n"
    refused 400, 'a trailer without colon', "#{chunked}0\r\nnonsense\r\n\r\n"
    refused 400, 'a trailer without name', "#{chunked}0\r\n: y\r\n\r\n"
    refused 400, 'a space before the colon of a trailer', "#{chunked}0\r\nX : y\r\n\r\n"
    refused 400, 'a folded trailer', "#{chunked}0\r\nX: y\r\n z\r\n\r\n"
    refused 400, 'LF alone behind a trailer', "#{chunked}0\r\nX: y\n\r\n"
    refused 400, 'CR alone in a trailer', "#{chunked}0\r\nX: y\rz\r\n\r\n"
    refused 400, 'NUL in a trailer', "#{chunked}0\r\nX: y\0\r\n\r\n"
    refused 400, 'trailers that are too long', "#{chunked}0\r\n#{"X: #{'y' * 100}\r\n" * 500}\r\n"
    # Forbidden there to senders (RFC 9110 section 6.5.1); a recipient drops trailers, and so all harm with them.
    accepted 'a trailer of Transfer-Encoding', "#{chunked}0\r\nTransfer-Encoding: chunked\r\n\r\n#{get}\r\n", {}, {}
    accepted 'a trailer of Host', "#{chunked}0\r\nHost: evil\r\n\r\n", { 'HTTP_HOST' => 'a' }
    accepted 'a trailer of Connection, which closes nothing', "#{chunked}0\r\nConnection: close\r\n\r\n"
    accepted 'a trailer that was announced', "#{post}Trailer: X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n",
             { 'HTTP_X' => nil }
    accepted 'a request behind trailers', "#{chunked}0\r\nX: y\r\n\r\n#{get}\r\n", {}, {}
    refused 400, 'a request behind the last chunk taken for a trailer', "#{chunked}0\r\nGET /b HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'white space before a trailer', "#{chunked}0\r\n X: y\r\n\r\n"
    refused 400, 'a control character in a trailer', "#{chunked}0\r\nX: \x01\r\n\r\n"
    refused 400, 'a parenthesis in the name of a trailer', "#{chunked}0\r\nX(: y\r\n\r\n"
    refused 400, 'trailers that end by LF alone', "#{chunked}0\r\nX: y\r\n\n"
    refused 400, 'CR alone as the end of trailers', "#{chunked}0\r\nX: y\r\n\rX"
    accepted 'a trailer of Content-Length, and a request', "#{chunked}0\r\nContent-Length: 44\r\n\r\n#{get}\r\n", {}, {}
    accepted 'a trailer of Authorization, which is dropped', "#{chunked}0\r\nAuthorization: x\r\n\r\n",
             { 'HTTP_AUTHORIZATION' => nil }
    accepted 'a trailer that repeats a field', "#{post}X: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: 2\r\n\r\n",
             { 'HTTP_X' => '1' }
    refused 400, 'a tab before the colon of a trailer', "#{chunked}0\r\nX\t: y\r\n\r\n"
    refused 400, 'CR twice behind a trailer', "#{chunked}0\r\nX: y\r\r\n\r\n"
    refused 400, 'a trailer folded by a tab', "#{chunked}0\r\nX: y\r\n\tz\r\n\r\n"
    refused 400, 'NUL in the name of a trailer', "#{chunked}0\r\nX\0: y\r\n\r\n"
    refused 400, 'DEL in a trailer', "#{chunked}0\r\nX: \x7F\r\n\r\n"
    refused 400, 'a trailer of a colon', "#{chunked}0\r\n:\r\n\r\n"
    refused 400, 'bytes beyond ASCII in the name of a trailer', "#{chunked}0\r\n\xC3\xBC: y\r\n\r\n"
  end

  section '9112 9.3' do
    last 'Connection: close', "#{get}Connection: close\r\n\r\n"
    last 'Connection: close in any case', "#{get}connection: CLOSE\r\n\r\n"
    last 'close among other options', "#{get}Connection: x, close ,y\r\n\r\n"
    last 'close in one of two fields', "#{get}Connection: keep-alive\r\nConnection: close\r\n\r\n"
    last 'close and keep-alive', "#{get}Connection: keep-alive, close\r\n\r\n"
    last 'a request behind one that closes, which is not answered', "#{get}Connection: close\r\n\r\n#{get}\r\n"
    last 'nonsense behind a request that closes', "#{get}Connection: close\r\n\r\nnonsense\r\n\r\n"
    last 'a body and close', "#{post}Connection: close\r\nContent-Length: 3\r\n\r\nabc", { 'body' => 'abc' }
    accepted 'keep-alive', "#{get}Connection: keep-alive\r\n\r\n"
    accepted 'an option that only begins like close', "#{get}Connection: closed\r\n\r\n"
    accepted 'Proxy-Connection, which is no field of HTTP', "#{get}Proxy-Connection: close\r\n\r\n"
    accepted 'keep-alive from HTTP/1.0', "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    last 'keep-alive and close from HTTP/1.0', "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"
    last 'a request behind one of HTTP/1.0', "GET / HTTP/1.0\r\n\r\n#{get}\r\n"
    refused 400, 'nonsense behind a request', "#{get}\r\nnonsense\r\n\r\n", before: 1
    refused 400, 'bytes behind a body', "#{post}Content-Length: 3\r\n\r\nabcd#{get}\r\n".sub('abcdGET', 'abc(GET'),
            before: 1
    unfinished 'half a request behind a request', "#{get}\r\nGET /", before: 1
    last 'two requests behind one that closes', "#{get}Connection: close\r\n\r\n#{get}\r\n#{get}\r\n"
    last 'chunks and close, and a request',
         "#{post}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n#{end_of_chunks}#{get}\r\n"
    last 'close between empty elements', "#{get}Connection: ,, close,\r\n\r\n"
    last 'close that is not in the last of three fields',
         "#{get}Connection: x\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n"
    accepted 'an empty Connection', "#{get}Connection:\r\n\r\n"
    accepted 'a Connection that names Host', "#{get}Connection: Host\r\n\r\n", { 'HTTP_HOST' => 'a' }
    refused 400, 'a request behind one that is refused', "GET / HTTP/1.1\r\nHost: a b\r\n\r\n#{get}\r\n"
    refused 400, 'a request behind a bad length', "#{post}Content-Length: x\r\n\r\n#{get}\r\n"
    refused 400, 'a request behind a bad chunk', "#{chunked}x\r\n#{get}\r\n"
    refused 501, 'a request behind a coding that we do not have',
            "#{post}Transfer-Encoding: gzip, chunked\r\n\r\n#{get}\r\n"
    refused 505, 'a request behind a version that we do not have', "GET / HTTP/2.0\r\n#{host}\r\n#{get}\r\n"
  end

  section '9110 7.8' do
    accepted 'an Upgrade that we do not know', "#{get}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    accepted 'an Upgrade to HTTP/2, which we do not speak',
             "#{get}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    accepted 'an Upgrade without the option', "#{get}Upgrade: h2c\r\n\r\n"
    accepted 'a request behind an Upgrade that is ignored',
             "#{get}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n#{get}\r\n", {}, {}
    accepted 'a body of an Upgrade that is ignored',
             "#{post}Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc#{get}\r\n",
             { 'body' => 'abc' }, {}
    accepted 'an Upgrade to what we speak', "#{get}Connection: upgrade\r\nUpgrade: HTTP/1.1\r\n\r\n"
    accepted 'chunks of an Upgrade that is ignored',
             "#{post}Connection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n" \
             "3\r\nabc\r\n#{end_of_chunks}#{get}\r\n", { 'body' => 'abc' }, {}
    last 'an Upgrade and close', "#{get}Connection: upgrade, close\r\nUpgrade: websocket\r\n\r\n#{get}\r\n"
    refused 400, 'an Upgrade with two Hosts', "#{get}#{host}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    refused 400, 'an Upgrade with bad chunks',
            "#{post}Connection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n#{end_of_chunks}"
    refused 400, 'a bad request behind an Upgrade that is ignored',
            "#{get}Connection: upgrade\r\nUpgrade: websocket\r\n\r\nnonsense\r\n\r\n", before: 1
    refused 413, 'an Upgrade with a length over the limit',
            "#{post}Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 999999999999\r\n\r\n"
    last 'an Upgrade from HTTP/1.0', "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    refused 400, 'an Upgrade with a coding and a length',
            "#{post}Connection: upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n" \
            "Content-Length: 3\r\n\r\nabc"
  end

  section '9110 10.1.1' do
    refused 417, 'an unknown expectation', "#{get}Expect: a-miracle\r\n\r\n"
    refused 417, 'a known expectation and another', "#{post}Expect: 100-continue, more\r\nContent-Length: 0\r\n\r\n"
    accepted 'an expectation without body', "#{get}Expect: 100-continue\r\n\r\n"
    last 'an expectation from HTTP/1.0, which is ignored',
         "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", { 'body' => 'abc' }
    refused 417, 'an empty expectation', "#{post}Expect:\r\nContent-Length: 3\r\n\r\nabc"
    refused 417, 'an expectation with a parameter', "#{post}Expect: 100-continue;a\r\nContent-Length: 3\r\n\r\nabc"
    refused 417, 'an expectation that only begins like one we know',
            "#{post}Expect: 100-continued\r\nContent-Length: 0\r\n\r\n"
    refused 413, 'an expectation of a body over the limit, which is not asked for',
            "#{post}Expect: 100-continue\r\nContent-Length: 999999999999\r\n\r\n"
    refused 400, 'an expectation with a bad length', "#{post}Expect: 100-continue\r\nContent-Length: x\r\n\r\n"
    refused 417, 'an expectation in two words', "#{post}Expect: y 100-continue\r\nContent-Length: 0\r\n\r\n"
    refused 417, 'a known expectation and an unknown one in two fields',
            "#{post}Expect: 100-continue\r\nExpect: more\r\nContent-Length: 0\r\n\r\n"
    refused 400, 'a folded expectation', "#{post}Expect:\r\n 100-continue\r\nContent-Length: 0\r\n\r\n"
    refused 400, 'an expectation behind LF', "#{post}Expect:\n100-continue\r\nContent-Length: 0\r\n\r\n"
    accepted 'an expectation twice', "#{post}Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n"
    accepted 'a request behind an expectation without body', "#{get}Expect: 100-continue\r\n\r\n#{get}\r\n", {}, {}
  end

  section '9113 3.4' do
    refused 505, 'the preface of HTTP/2', "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    refused 505, 'the preface of HTTP/2 with a field', "PRI * HTTP/2.0\r\nContent-Length: 6\r\n\r\nSM\r\n\r\n"
    refused 400, 'the preface of HTTP/2 in version 1.1', "PRI * HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'the preface of HTTP/2 by LF alone', "PRI * HTTP/2.0\n\nSM\n\n"
    refused 400, 'half the preface of HTTP/2', "PRI * HTTP/2\r\n\r\n"
    refused 400, 'the preface of HTTP/2 behind a request', "#{get}\r\nPRI * HTTP/1.1\r\n\r\nSM\r\n\r\n", before: 1
    refused 505, 'the preface of HTTP/2 behind a request, in full', "#{get}\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            before: 1
  end
end
