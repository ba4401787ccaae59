# frozen_string_literal: true

# Sends back what it is told, to the sender and to everybody.
class EchoChannel < ActionCable::Channel::Base
  def subscribed
    stream_from 'everybody'
  end

  def say(data)
    transmit({ 'echo' => data['text'] })
  end

  def tell(data)
    ActionCable.server.broadcast('everybody', { 'told' => data['text'] })
  end
end
