# frozen_string_literal: true

module ApplicationCable
  # Anybody may come.
  class Connection < ActionCable::Connection::Base
  end
end
