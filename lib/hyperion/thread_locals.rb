# frozen_string_literal: true

module Hyperion
  # Clears what an application has left in `Thread.current`, so that no request sees it of another: fiber-local
  # (`Thread#[]=`) and thread-local (`Thread#thread_variable_set`) values. A name that begins with two underscores is
  # Ruby's or a library's own, such as `:__recursive_key__`, and stays, as does everything that is kept elsewhere:
  # attributes of the Thread object (where Rails has its state), its name, its priority.
  #
  # @api private
  module ThreadLocals
    OWN = '__'
    private_constant :OWN

    module_function

    # @return [nil]
    def call
      thread = Thread.current
      leftover(thread.keys) { |name| thread[name] = nil }
      leftover(thread.thread_variables) { |name| thread.thread_variable_set(name, nil) }
      nil
    end

    # @!visibility private
    def leftover(names)
      names.each { |name| yield name unless name.start_with?(OWN) }
    end

    private_class_method :leftover
  end
end
