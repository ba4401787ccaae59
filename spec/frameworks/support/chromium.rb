# frozen_string_literal: true

require 'fileutils'
require 'rbconfig'

module Frameworks
  # Chromium without a window: where it is, and how it is started.
  module Chromium
    NAMES = %w[chromium chromium-browser google-chrome].freeze

    # What a browser in a closed room needs: it calls nobody, and as root it has no sandbox.
    SWITCHES = {
      'headless' => nil, 'disable-gpu' => nil, 'disable-quic' => nil, 'no-first-run' => nil,
      'disable-background-networking' => nil, 'disable-component-update' => nil, 'disable-sync' => nil,
      'disable-dev-shm-usage' => nil
    }.merge(Process.euid.zero? ? { 'no-sandbox' => nil } : {}).freeze

    module_function

    # Its path, or nil.
    def path
      directories = ENV.fetch('PATH', '').split(File::PATH_SEPARATOR)
      NAMES.product(directories).map { |name, directory| File.join(directory, name) }
           .find { |file| File.file?(file) && File.executable?(file) }
    end

    # Installs Debian's when there is none and we may. Answers whether there is one.
    def ensure_installed
      return true if path
      return false unless Process.euid.zero? && system('apt-get', '--version', out: File::NULL, err: File::NULL)

      puts 'frameworks: installing chromium'
      environment = { 'DEBIAN_FRONTEND' => 'noninteractive' }
      system('apt-get', 'update', '-qq', out: File::NULL) &&
        system(environment, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium', out: File::NULL)
      !path.nil?
    end

    # The command that opens a page; what the browser keeps goes into the directory.
    def command(url, directory)
      switches = SWITCHES.map { |name, value| "--#{name}#{"=#{value}" if value}" }
      [path, *switches, "--user-data-dir=#{directory}", '--remote-debugging-port=0', url]
    end
  end
end
