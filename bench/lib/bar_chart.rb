# frozen_string_literal: true

require 'cgi'

module Bench
  # Horizontal bars in SVG, one for each contestant, ours in another colour.
  class BarChart
    BAR = 18
    GAP = 6
    NAMES = 170
    BARS = 430
    NUMBERS = 100
    HEAD = 34
    OURS = '#b5341c'
    OTHERS = '#7a8794'

    # Rows of [name, number, ours].
    def initialize(title, rows)
      @title = title
      @rows = rows
    end

    def to_s
      <<~SVG
        <svg xmlns="http://www.w3.org/2000/svg" width="#{width}" height="#{height}" font-family="sans-serif" font-size="13">
        <rect width="100%" height="100%" fill="white"/>
        <text x="8" y="21" font-weight="bold">#{CGI.escapeHTML(@title)}</text>
        #{@rows.each_with_index.map { |row, index| bar(*row, HEAD + index * (BAR + GAP)) }.join("\n")}
        </svg>
      SVG
    end

    # Pixels that stand for this number; the greatest of all has the whole length.
    def length_of(number)
      greatest = @rows.map { |_, other, _| other }.max
      greatest.positive? ? (BARS * number / greatest).round(1) : 0.0
    end

    private

    def width
      NAMES + BARS + NUMBERS
    end

    def height
      HEAD + @rows.size * (BAR + GAP) + GAP
    end

    def bar(name, number, ours, top)
      base = top + BAR - 5
      length = length_of(number)
      [%(<text x="#{NAMES - 8}" y="#{base}" text-anchor="end">#{CGI.escapeHTML(name)}</text>),
       %(<rect x="#{NAMES}" y="#{top}" width="#{length}" height="#{BAR}" fill="#{ours ? OURS : OTHERS}"/>),
       %(<text x="#{NAMES + length + 6}" y="#{base}">#{format('%.2f', number)}</text>)].join("\n")
    end
  end
end
