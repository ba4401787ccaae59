# frozen_string_literal: true

module Hyperion
  class Server
    # Decides whether the C loop runs on io_uring, and says why not.
    #
    # @api private
    module IoUring
      SYSCTL = '/proc/sys/kernel/io_uring_disabled'
      private_constant :SYSCTL

      module_function

      # @param configured [Symbol, nil] the backend that the configuration names, over the environment
      # @param logger [#warn] is told once when io_uring is asked for and cannot be had
      # @return [Symbol, nil] the engine's backend; nil: the default one
      def choose(configured, logger)
        asked = configured ? configured == :io_uring : ConnectionLoop.io_uring_asked?
        return configured unless asked

        cause = trouble
        return :io_uring unless cause

        tell(cause, logger)
      end

      # @param cause [String] why the default backend serves although io_uring was asked for
      # @param logger [#warn]
      # @return [nil]
      def tell(cause, logger)
        logger.warn { { message: 'io_uring is unavailable; the default backend serves', cause: cause } }
        nil
      end

      # @return [String, nil] why io_uring cannot be had here and now; nil: it can
      def trouble
        return 'it is not compiled in' unless Http::PageCache.io_uring_loop_compiled?

        errno = Engine.io_uring_errno
        errno && cause_of(errno)
      end

      # @param errno [Integer] with which the kernel refuses a ring
      # @param disabled [String, nil] what the sysctl says; nil: the kernel has none
      # @return [String]
      def cause_of(errno, disabled: read_sysctl)
        case errno
        when Errno::EPERM::Errno, Errno::EACCES::Errno then forbidden_by(disabled)
        when Errno::ENOSYS::Errno then 'the kernel has none, or an older one than 5.11'
        when Errno::ENOMEM::Errno then 'no memory, or no more that may be locked (ulimit -l, RLIMIT_MEMLOCK)'
        else SystemCallError.new(nil, errno).message
        end
      end

      # @!visibility private
      def forbidden_by(disabled)
        return "it is forbidden by sysctl: kernel.io_uring_disabled is #{disabled}" if disabled.to_i.positive?

        'it is forbidden, as by a seccomp filter'
      end

      # @!visibility private
      def read_sysctl
        File.read(SYSCTL).strip
      rescue SystemCallError
        nil
      end

      private_class_method :forbidden_by, :read_sysctl
    end
  end
end
