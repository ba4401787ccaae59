# frozen_string_literal: true

# Sets environment variables for a block.
module EnvironmentHelper
  def with_environment(values)
    before = values.to_h { |name, _| [name, ENV.fetch(name, nil)] }
    ENV.update(values)
    yield
  ensure
    ENV.update(before)
  end
end
