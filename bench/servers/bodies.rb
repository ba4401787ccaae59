# frozen_string_literal: true

require 'json'

# What the servers of the benchmark answer, and what the verification expects.
module Bodies
  STATIC = { '/static/4k' => 'x' * 4096, '/static/64k' => 'x' * 65_536, '/static/1m' => 'x' * (1024 * 1024) }.freeze
  PIECE = 'a piece of the answer; '
  PIECES = 10
  RECORDS = 40

  # A few KiB of JSON, written anew for each request.
  def self.json
    JSON.generate((1..RECORDS).map { |id| { id: id, name: "Item #{id}", price: id * 25, tags: %w[new sale] } })
  end
end
