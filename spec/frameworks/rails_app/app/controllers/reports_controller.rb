# frozen_string_literal: true

# What the page in the browser has found out.
class ReportsController < ActionController::Base
  skip_forgery_protection

  REPORTS = Thread::Queue.new

  def create
    REPORTS << request.raw_post
    head :no_content
  end

  def show
    render plain: REPORTS.pop(true)
  rescue ThreadError
    head :not_found
  end
end
