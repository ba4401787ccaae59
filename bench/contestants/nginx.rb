# frozen_string_literal: true

require 'fileutils'

module Bench
  module Contestants
    # nginx as Debian packages it, one worker, no access log.
    class Nginx < Contestant
      DIRECTORY = File.join(WORK_DIRECTORY, 'nginx')
      FILES = { 'large' => 1024 * 1024, 'static/4k' => 4096, 'static/64k' => 65_536, 'static/1m' => 1024 * 1024 }.freeze

      def watched_paths
        { 'static' => '/' }
      end

      def large_path
        '/large'
      end

      def obstacle
        'nginx is not installed; bench/setup does it' if program_missing?('nginx')
      end

      def prepare
        FileUtils.mkdir_p(File.join(DIRECTORY, 'static'))
        FILES.each { |name, bytes| File.write(File.join(DIRECTORY, name), 'x' * bytes) }
      end

      def kinds
        [:static]
      end

      def version
        `nginx -v 2>&1`[%r{nginx/(\S+)}, 1]
      end

      def tuning
        'one worker, no access log, endless keep-alive, sendfile, backlog 4096'
      end

      def command(port)
        file = File.join(DIRECTORY, 'nginx.conf')
        File.write(file, configuration(port))
        ['nginx', '-p', DIRECTORY, '-c', file, '-e', 'stderr']
      end

      private

      def configuration(port)
        <<~NGINX
          #{'user root;' if Process.uid.zero?}
          daemon off;
          worker_processes 1;
          worker_rlimit_nofile 20000;
          pid #{DIRECTORY}/nginx.pid;
          events { worker_connections 16000; }
          http {
            access_log off;
            server_tokens off;
            keepalive_requests 1000000000;
            client_body_temp_path #{DIRECTORY}/body;
            proxy_temp_path #{DIRECTORY}/proxy;
            fastcgi_temp_path #{DIRECTORY}/fastcgi;
            uwsgi_temp_path #{DIRECTORY}/uwsgi;
            scgi_temp_path #{DIRECTORY}/scgi;
            default_type text/plain;
            sendfile on;
            server {
              listen 127.0.0.1:#{port} backlog=4096;
              location = / { return 200 "hello"; }
              location = /large { root #{DIRECTORY}; }
              location /static/ { root #{DIRECTORY}; }
            }
          }
        NGINX
      end
    end
  end
end
