# frozen_string_literal: true

require 'digest'

# What the form posts: a text and a file.
class NotesController < ActionController::Base
  protect_from_forgery with: :exception

  def create
    file = params.require(:file)
    session[:notes] = session.fetch(:notes, 0) + 1
    render json: { text: params.require(:text), notes: session[:notes], name: file.original_filename,
                   type: file.content_type, size: file.size, digest: Digest::SHA256.hexdigest(file.read) }
  end
end
