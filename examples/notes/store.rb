# frozen_string_literal: true

class Notes
  # The notes, oldest first. Used by several threads at once.
  class Store
    # A note that cannot be kept.
    class Unusable < StandardError; end

    NOTES_MAX = 100
    TEXT_MAX = 500

    def initialize
      @lock = Mutex.new
      @notes = []
      @count = 0
    end

    def add(text)
      text = text.dup.force_encoding(Encoding::UTF_8).scrub.strip
      raise Unusable, 'a note needs a text' if text.empty?
      raise Unusable, "a note has at most #{TEXT_MAX} characters" if text.length > TEXT_MAX

      @lock.synchronize do
        note = { id: @count += 1, text: text, at: Time.now.utc.strftime('%FT%TZ') }.freeze
        @notes.shift if @notes.size == NOTES_MAX
        @notes.push(note)
        note
      end
    end

    def all
      @lock.synchronize { @notes.dup }
    end
  end
end
