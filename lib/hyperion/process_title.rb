# frozen_string_literal: true

module Hyperion
  # What `ps` shows, in the shape that people know from Puma.
  #
  # @api private
  module ProcessTitle
    module_function

    # @param urls [Array<String>]
    # @param tag [String, nil]
    # @return [nil]
    def master(urls, tag)
      set("hyperion #{VERSION} (#{urls.join(', ')})", tag)
    end

    # @param index [Integer]
    # @param master [Integer] its process
    # @param tag [String, nil]
    # @return [nil]
    def worker(index, master, tag)
      set("hyperion: cluster worker #{index}: #{master}", tag)
    end

    # @param generation [Integer]
    # @param master [Integer]
    # @param tag [String, nil]
    # @return [nil]
    def mold(generation, master, tag)
      set("hyperion: cluster mold #{generation}: #{master}", tag)
    end

    # @!visibility private
    def set(title, tag)
      Process.setproctitle(tag ? "#{title} [#{tag}]" : title)
      nil
    end

    private_class_method :set
  end
end
