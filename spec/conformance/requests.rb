# frozen_string_literal: true

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
  end

  section '9112 3.2.2' do
    accepted 'a target in absolute form', "GET http://b:81/c?d HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '/c', 'QUERY_STRING' => 'd', 'SERVER_NAME' => 'b', 'SERVER_PORT' => '81' }
    accepted 'an absolute target without path', "GET http://b HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/' }
    accepted 'an absolute target with a query alone', "GET http://b?c HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '/', 'QUERY_STRING' => 'c' }
    accepted 'an absolute target in upper case', "GET HTTP://B/ HTTP/1.1\r\n#{host}\r\n"
    accepted 'https in a target', "GET https://b/ HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/' }
    last 'an absolute target of HTTP/1.0', "GET http://b/c HTTP/1.0\r\n\r\n", { 'PATH_INFO' => '/c', 'SERVER_NAME' => 'b' }
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
  end

  section '9112 3.2.3' do
    refused 501, 'CONNECT, when nobody tunnels', "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"
    refused 400, 'CONNECT without port', "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT to a path', "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT to an absolute target', "CONNECT http://a:443/ HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'CONNECT to an empty host', "CONNECT :443 HTTP/1.1\r\nHost: a\r\n\r\n"
    refused 400, 'an authority with another method', "GET a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"
  end

  section '9112 3.2.4' do
    accepted 'OPTIONS of the server', "OPTIONS * HTTP/1.1\r\n#{host}\r\n",
             { 'PATH_INFO' => '*', 'REQUEST_METHOD' => 'OPTIONS' }
    accepted 'OPTIONS of a path', "OPTIONS /a HTTP/1.1\r\n#{host}\r\n", { 'PATH_INFO' => '/a' }
    refused 400, 'an asterisk with another method', "GET * HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an asterisk and more', "OPTIONS *a HTTP/1.1\r\n#{host}\r\n"
    refused 400, 'an asterisk with a query', "OPTIONS *?a HTTP/1.1\r\n#{host}\r\n"
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
  end

  section '9112 5.2' do
    refused 400, 'a folded value', "#{get}X: y\r\n z\r\n\r\n"
    refused 400, 'a value folded by a tab', "#{get}X: y\r\n\tz\r\n\r\n"
    refused 400, 'a folded Host', "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"
    refused 400, 'a value that begins on the next line', "#{post}Transfer-Encoding:\r\n chunked\r\n\r\n#{end_of_chunks}"
    refused 400, 'a folded Content-Length', "#{post}Content-Length: 1\r\n 0\r\n\r\n0123456789"
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
  end

  section '9112 7.1.1' do
    accepted 'an extension', "#{chunked}3;a\r\nabc\r\n#{end_of_chunks}", { 'body' => 'abc' }
    accepted 'an extension with a value', "#{chunked}3;a=b;c=\"d e\"\r\nabc\r\n0;x\r\n\r\n", { 'body' => 'abc' }
    refused 400, 'LF alone in an extension', "#{chunked}3;a\nabc\r\n#{end_of_chunks}"
    refused 400, 'LF alone in an extension, and a chunk behind it', "#{chunked}3;\nxx\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'CR alone in an extension', "#{chunked}3;a\rb\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'NUL in an extension', "#{chunked}3;a\0b\r\nabc\r\n#{end_of_chunks}"
    refused 400, 'an extension that is too long', "#{chunked}3;#{'a' * 20_000}\r\nabc\r\n#{end_of_chunks}"
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
  end

  section '9110 7.8' do
    accepted 'an Upgrade that we do not know', "#{get}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    accepted 'an Upgrade to HTTP/2, which we do not speak',
             "#{get}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    accepted 'an Upgrade without the option', "#{get}Upgrade: h2c\r\n\r\n"
  end

  section '9110 10.1.1' do
    refused 417, 'an unknown expectation', "#{get}Expect: a-miracle\r\n\r\n"
    refused 417, 'a known expectation and another', "#{post}Expect: 100-continue, more\r\nContent-Length: 0\r\n\r\n"
    accepted 'an expectation without body', "#{get}Expect: 100-continue\r\n\r\n"
  end

  section '9113 3.4' do
    refused 505, 'the preface of HTTP/2', "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
  end
end
