# frozen_string_literal: true

# The table of raw requests in spec/conformance/requests.rb, and what it is written in.
module Conformance
  # One row. `rfc` is the section that decides; `statuses` are those of all answers; `closes`: the connection ends
  # after the last of them; `unfinished`: more bytes are awaited; `sees`: what the envs of the application hold, one
  # Hash for each.
  Row = Struct.new(:rfc, :what, :bytes, :statuses, :closes, :unfinished, :sees, keyword_init: true) do
    def refused?
      statuses.last.to_i >= 400
    end

    def to_s
      "#{what} (RFC #{rfc})"
    end
  end

  # Collects rows: each method adds one, for the section that is set.
  class Table
    attr_reader :rows

    def initialize
      @rows = []
    end

    def section(rfc)
      @rfc = rfc
      yield
    end

    # Answered 200, once for each Hash of `sees`; the connection goes on.
    def accepted(what, bytes, *sees)
      sees << {} if sees.empty?
      add(what, bytes, statuses: [200] * sees.size, closes: false, sees: sees)
    end

    # The same, and the connection ends.
    def last(what, bytes, *sees)
      sees << {} if sees.empty?
      add(what, bytes, statuses: [200] * sees.size, closes: true, sees: sees)
    end

    # Answered with the status, and the connection ends; requests `before` it are answered 200.
    def refused(status, what, bytes, before: 0)
      add(what, bytes, statuses: ([200] * before) + [status], closes: true, sees: [{}] * before)
    end

    # Nothing is answered: more is to come, and when it does not, the connection ends.
    def unfinished(what, bytes, before: 0)
      add(what, bytes, statuses: [200] * before, closes: true, unfinished: true, sees: [{}] * before)
    end

    private

    def add(what, bytes, **verdict)
      @rows << Row.new(rfc: @rfc, what: what, bytes: bytes.b, **verdict)
    end
  end

  def self.table(&rows)
    @table = Table.new.tap { |table| table.instance_exec(&rows) }
  end

  def self.rows
    require_relative '../conformance/requests'
    @table.rows
  end
end
