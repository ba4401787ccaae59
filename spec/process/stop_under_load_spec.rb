# frozen_string_literal: true

# In this process, where the clients share the GVL with the server: that makes every moment of a stop likely.
RSpec.describe 'A graceful stop under load', :slow do
  stops = 100

  # Asks on one new connection after another; answers how many requests went out before the stop and got no answer.
  def unanswered_until_refused(port, stop)
    unanswered = 0
    loop do
      early = ask_once(port, stop)
      return unanswered if early == :refused

      unanswered += 1 if early == :unanswered
    end
  end

  # :answered; :refused or :late, when the stop came before the request; :unanswered
  def ask_once(port, stop)
    socket = TCPSocket.new('127.0.0.1', port)
    socket.write("GET /#{%w[static app].sample} HTTP/1.1\r\nHost: a\r\n\r\n")
    early = !stop[:begun]
    complete?(socket) ? :answered : (early ? :unanswered : :late)
  rescue Errno::ECONNREFUSED
    :refused
  rescue Errno::ECONNRESET, Errno::EPIPE
    early ? :unanswered : :late
  ensure
    socket&.close
  end

  def complete?(socket)
    answer = ''.b
    answer << socket.readpartial(1000) until answer.end_with?("\r\n\r\nhello")
    true
  rescue EOFError
    false
  end

  each_engine do
    it "leaves no request unanswered in #{stops} stops" do
      static_route('/static', 'hello')
      unanswered = Array.new(stops) do |turn|
        running = serve
        get(running, '/static') # a server that has not begun yet is stopped without serving
        stop = { begun: false }
        clients = Array.new(6) { Thread.new { unanswered_until_refused(running.port, stop) } }
        sleep(0.01 + (turn % 10 * 0.003)) # lets the load run; nothing to be waited for
        stop[:begun] = true
        running.stop
        clients.sum(&:value)
      end
      expect(unanswered.sum).to eq(0)
    end
  end
end
