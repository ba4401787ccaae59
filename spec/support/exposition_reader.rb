# frozen_string_literal: true

# Reads the Prometheus text format as strictly as Prometheus does.
class ExpositionReader
  NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/.freeze
  LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/.freeze
  SAMPLE = /\A(#{NAME})(?:\{((?:#{LABEL},?)*)\})? ([-+0-9.e]+)\z/.freeze

  # Family to its type.
  attr_reader :types

  def initialize(text)
    raise "no newline at the end of #{text.lines.last.inspect}" unless text.end_with?("\n")

    @types = {}
    @samples = {}
    text.each_line(chomp: true) { |line| line.start_with?('#') ? comment(line) : sample(line) }
  end

  # Of a name with exactly these labels; KeyError when there is none.
  def value(name, **labels)
    @samples.fetch([name, labels.transform_values(&:to_s)])
  end

  # Labels to value, of one name.
  def all(name)
    @samples.select { |(sample, _labels), _value| sample == name }.transform_keys(&:last)
  end

  private

  def comment(line)
    _, kind, name, text = line.split(' ', 4)
    raise "not understood: #{line}" unless %w[HELP TYPE].include?(kind) && name.match?(/\A#{NAME}\z/)
    raise "twice: #{line}" if @types.key?(name)

    @types[name] = text if kind == 'TYPE'
  end

  def sample(line)
    name, labels, number = SAMPLE.match(line)&.values_at(1, 2, -1)
    raise "not understood: #{line.inspect}" unless name
    raise "no type before #{line}" unless [name, name[/.*(?=_(?:bucket|sum|count)\z)/]].any? { |key| @types.key?(key) }

    key = [name, labels.to_s.scan(LABEL).to_h.transform_keys(&:to_sym)]
    raise "twice: #{line}" if @samples.key?(key)

    @samples[key] = Float(number)
  end
end
