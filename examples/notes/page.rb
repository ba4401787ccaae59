# frozen_string_literal: true

require 'erb'

class Notes
  # The notes as a page, with a form to add one.
  class Page
    TEMPLATE = ERB.new(<<~HTML, trim_mode: '-')
      <!DOCTYPE html>
      <html lang="en">
      <head><meta charset="utf-8"><title>Notes</title></head>
      <body>
      <h1>Notes</h1>
      <ul>
      <%- @notes.each do |note| -%>
        <li><time><%= note[:at] %></time> <%= ERB::Util.html_escape(note[:text]) %></li>
      <%- end -%>
      </ul>
      <form method="post" action="/notes">
        <input name="text" maxlength="<%= Store::TEXT_MAX %>" required>
        <button>Add</button>
      </form>
      </body>
      </html>
    HTML

    def initialize(notes)
      @notes = notes
    end

    def to_s
      TEMPLATE.result(binding)
    end
  end
end
