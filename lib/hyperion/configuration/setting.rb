# frozen_string_literal: true

require 'shellwords'

module Hyperion
  class Configuration
    # What one setting is when it is not given, and what it may be.
    #
    # @api private
    class Setting
      # One byte or item at least, and what 31 bits hold at most.
      COUNT = (1..0x7fff_ffff)

      # A day.
      SECONDS = (0..86_400)

      class << self
        # @param range [Range<Integer>]
        # @param default [Integer, nil]
        # @return [Setting] a whole number
        def whole(range = COUNT, default: nil)
          new("an Integer from #{range.begin} to #{range.end}", default: default) do |value|
            value.is_a?(Integer) && range.cover?(value)
          end
        end

        # @param range [Range<Numeric>]
        # @param default [Numeric, nil]
        # @return [Setting] a duration
        def seconds(range = SECONDS, default: nil)
          new("seconds, a number from #{range.begin} to #{range.end}", default: default) do |value|
            (value.is_a?(Integer) || value.is_a?(Float)) && range.cover?(value)
          end
        end

        # @param default [String, nil]
        # @return [Setting]
        def text(default = nil)
          new('a String that is not empty', default: default) { |value| value.is_a?(String) && !value.empty? }
        end

        # @return [Setting] a path that requests may ask for
        def request_path
          new('a path that begins with /') { |value| value.is_a?(String) && value.match?(%r{\A/[!-~&&[^?#]]*\z}) }
        end

        # @return [Setting] networks, in the words of {Http::Networks}
        def networks
          new('an Array of networks, such as "10.0.0.0/8", "::1" and "unix:"') do |value|
            value.is_a?(Array) && Http::Networks.new(value)
          rescue ArgumentError, TypeError
            false
          end
        end

        # @param default [Boolean]
        # @return [Setting]
        def flag(default: false)
          new('true or false', default: default) { |value| [true, false].include?(value) }
        end

        # @param bytes [Integer] what its path must be shorter than
        # @return [Setting] a directory that may be written to
        def directory(bytes)
          new("the path of a directory that may be written to, of less than #{bytes} bytes") do |value|
            value.is_a?(String) && value.bytesize < bytes && !value.include?("\0") &&
              File.directory?(value) && File.writable?(value)
          end
        end

        # @param names [Array<String>] accepted as Symbols, too
        # @param default [Symbol, nil]
        # @return [Setting]
        def one_of(*names, default: nil)
          new("one of #{names.join(', ')}", default: default) do |value|
            (value.is_a?(String) || value.is_a?(Symbol)) && names.include?(value.to_s)
          end
        end

        # @param accepts [String] what each item is
        # @yieldparam item [Object]
        # @return [Setting] an Array, at least of one item
        def list(accepts, default: nil)
          new("an Array of #{accepts}", default: default) do |value|
            value.is_a?(Array) && value.any? && value.all? { |item| yield item }
          end
        end

        # @return [Setting] how many threads, as one number or as the least and the most
        def crew
          new('an Integer from 1 to 1024, or a Range from 0 or more') do |value|
            range = value.is_a?(Integer) ? value..value : value
            range.is_a?(Range) && [range.begin, range.end].all?(Integer) && range.begin >= 0 && range.max &&
              range.max.between?(1, 1024)
          end
        end

        # @return [Setting] a command line, of one word at least
        def command
          new('a command as a shell would read it') do |value|
            value.is_a?(String) && Shellwords.split(value).any?
          rescue ArgumentError
            false # a quote without its other one
          end
        end

        # @return [Setting] anything that can be called
        def callable
          new('an object that responds to call') { |value| value.respond_to?(:call) }
        end
      end

      # @return [Object] frozen
      attr_reader :default

      # @return [String] the kind of values, in words
      attr_reader :accepts

      # @param accepts [String]
      # @param default [Object]
      # @yieldparam value [Object]
      # @yieldreturn [Boolean] whether it is accepted
      def initialize(accepts, default: nil, &check)
        @accepts = accepts
        @default = settle(default)
        @check = check
      end

      # @param name [Symbol] of the setting
      # @param value [Object] nil: the default
      # @return [Object] a frozen copy of what the caller might go on changing
      # @raise [ArgumentError] that names the setting and what it accepts
      def pick(name, value)
        return default if value.nil?
        return settle(value) if @check.call(value)

        raise ArgumentError, "#{name} must be #{accepts}, not #{value.inspect}"
      end

      private

      def settle(value)
        case value
        when Array then value.map { |item| settle(item) }.freeze
        when Hash then value.transform_values { |item| settle(item) }.freeze
        when String then value.dup.freeze
        else value
        end
      end
    end
  end
end
