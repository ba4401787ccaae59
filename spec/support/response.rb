# frozen_string_literal: true

# A response as it came over the wire. `fields` are pairs of name and value as sent; `chunks` the pieces of a chunked
# body.
Response = Struct.new(:version, :status, :reason, :fields, :body, :chunks, :head, keyword_init: true) do
  # The values of a field, in order.
  def values(name)
    fields.select { |field, _| field.casecmp?(name) }.map(&:last)
  end

  # The value of a field that may come once only.
  def [](name)
    found = values(name)
    raise "#{name} came #{found.size} times: #{found.inspect}" if found.size > 1

    found.first
  end

  def names
    fields.map(&:first)
  end

  # True when the server says that it closes the connection.
  def closes?
    values('connection').include?('close')
  end

  # Everything but the Date, whose value is masked: what two engines must agree on.
  def comparable
    "#{head.sub(/^date: [^\r]+/i, 'date: *')}#{body}"
  end
end
