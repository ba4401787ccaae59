# frozen_string_literal: true

require 'fileutils'

module Bench
  module Contestants
    # nginx as Debian packages it, one worker, no access log.
    class Nginx < Contestant
      DIRECTORY = File.join(WORK_DIRECTORY, 'nginx')
      LARGE_BYTES = 1024 * 1024

      def work
        'static, C'
      end

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
        FileUtils.mkdir_p(DIRECTORY)
        File.write(File.join(DIRECTORY, 'large'), 'x' * LARGE_BYTES)
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
          events { worker_connections 10000; }
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
            server {
              listen 127.0.0.1:#{port} backlog=4096;
              location = / { return 200 "hello"; }
              location = /large { root #{DIRECTORY}; }
            }
          }
        NGINX
      end
    end
  end
end
