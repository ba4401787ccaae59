# frozen_string_literal: true

# A response body that yields its pieces, and remembers that it was closed.
class ClosableBody
  attr_reader :closed

  def initialize(pieces, &trouble)
    @pieces = pieces
    @trouble = trouble
    @closed = Thread::Queue.new
  end

  def each(&block)
    @pieces.each(&block)
    @trouble&.call
  end

  def close
    @closed << true
  end
end

# A response body that yields what it is told, when it is told; an empty queue holds it.
class ToldBody
  attr_reader :closed

  def initialize
    @pieces = Thread::Queue.new
    @closed = Thread::Queue.new
  end

  def tell(piece)
    @pieces << piece
    self
  end

  def finish
    @pieces.close
  end

  def each
    while (piece = @pieces.pop)
      yield piece
    end
  end

  def close
    @closed << true
  end
end
