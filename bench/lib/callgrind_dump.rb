# frozen_string_literal: true

module Bench
  # What callgrind has written, without compressed names or positions: the instructions of each function alone, and of
  # its calls of each other function, what those call included.
  class CallgrindDump
    Function = Struct.new(:object, :file, :name)

    attr_reader :own, :calls

    def initialize(text)
      @own = Hash.new(0)
      @calls = Hash.new(0)
      text.each_line(chomp: true) { |line| read(line) }
    end

    def total
      @own.values.sum
    end

    private

    # A called function's object and file are told where they are others than the caller's.
    def read(line)
      word, value = line.split('=', 2)
      case word
      when 'ob' then @object = value
      when 'fl', 'fi', 'fe' then @file = value
      when 'fn' then @function = function(@object, @file, value)
      when 'cob' then @called_object = value
      when 'cfi', 'cfl' then @called_file = value
      when 'cfn' then @called = function(@called_object || @object, @called_file || @file, value)
      when /\A[\d+*-]\S* \d+\z/ then count(Integer(word.split.last))
      end
    end

    # A function that calls itself is told apart from itself by a number behind its name.
    def function(object, file, name)
      Function.new(object, file, name.sub(/'\d+\z/, ''))
    end

    # The line behind a call is the call's.
    def count(instructions)
      if @called
        @calls[[@function, @called]] += instructions
        @called = @called_object = @called_file = nil
      else
        @own[@function] += instructions
      end
    end
  end
end
