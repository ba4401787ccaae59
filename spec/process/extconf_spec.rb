# frozen_string_literal: true

require 'open3'
require 'tmpdir'

RSpec.describe 'extconf.rb' do
  let(:extconf) { File.expand_path('../../ext/hyperion/extconf.rb', __dir__) }

  # What a liburing older than 2.3 is to the probe: it lacks a function.
  let(:old_header) do
    <<~C
      #define io_uring_get_events io_uring_get_events_of_a_newer_one
      #include_next <liburing.h>
    C
  end

  # What it says, and the Makefile that it writes.
  def configure(*options, header: nil)
    Dir.mktmpdir('hyperion-spec') do |directory|
      File.write(File.join(directory, 'liburing.h'), header) if header
      environment = header ? { 'C_INCLUDE_PATH' => directory } : {}
      output, status = Open3.capture2e(environment, RbConfig.ruby, extconf, *options, chdir: directory)
      raise output unless status.success?

      [output, File.read(File.join(directory, 'Makefile'))]
    end
  end

  { 'where it is told to' => { options: ['--without-liburing'] },
    'where liburing is older than 2.3' => { header: :old_header } }.each do |where, settings|
    it "leaves io_uring out #{where}, and nothing else" do
      header = settings[:header] && send(settings[:header])
      output, makefile = configure(*settings[:options], header: header)
      expect(output).to match(/^liburing: +no$/)
      expect(makefile).not_to match(/uring\w*\.[co]\b|-luring|HYP_HAVE_LIBURING/)
      expect(makefile).to include('backend_poll.c')
    end
  end

  it 'builds io_uring in where the library is there', skip: Hyperion::Server::IoUring.trouble do
    output, makefile = configure
    expect(output).to match(/^liburing: +yes$/)
    expect(makefile).to include('backend_uring.c', '-luring', 'HYP_HAVE_LIBURING')
  end
end
