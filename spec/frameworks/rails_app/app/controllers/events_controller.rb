# frozen_string_literal: true

# Server-sent events.
class EventsController < ActionController::Base
  include ActionController::Live

  # So many events, or without a count until the client goes.
  def index
    response.headers['Content-Type'] = 'text/event-stream'
    response.headers['Last-Modified'] = Time.now.httpdate
    events = SSE.new(response.stream, event: 'tick')
    1.step(params[:count]&.to_i) do |number|
      events.write({ number: number }, id: number)
      sleep(0.02)
    end
  rescue ActionController::Live::ClientDisconnected
    Rails.logger.info('the listener has gone')
  ensure
    events&.close
    EventsController.ended << true
  end

  # Streams that have ended.
  def self.ended
    @ended ||= Thread::Queue.new
  end
end
