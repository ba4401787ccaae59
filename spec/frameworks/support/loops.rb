# frozen_string_literal: true

# The loops that a process of its own may be started with.
module Frameworks
  LOOPS = { 'the C loop' => {}, 'the Ruby accept loop' => { 'HYPERION_C_ACCEPT_LOOP' => '0' } }.freeze

  # Runs a group's examples with a process on each loop; they are told the environment that it is started with.
  module EachLoop
    def each_loop(&examples)
      LOOPS.each do |name, environment|
        context "on #{name}" do
          class_exec(environment, &examples)
        end
      end
    end
  end
end
