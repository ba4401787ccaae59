# frozen_string_literal: true

require 'fileutils'
require 'tmpdir'

# A directory that is there while the example runs.
RSpec.shared_context 'with a directory' do
  around do |example|
    Dir.mktmpdir('hyperion-spec') do |directory|
      @directory = File.realpath(directory)
      example.run
    end
  end

  # The path of a file there, which is written when there is something to be in it.
  def file(name, content = nil)
    path = File.join(@directory, name)
    return path unless content

    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, content)
    path
  end
end
