# frozen_string_literal: true

desc 'Measure Hyperion beside the limit and its peers; BENCH holds further arguments of bench/run'
task bench: :compile do
  sh 'bench/run', *ENV.fetch('BENCH', '').split
end
