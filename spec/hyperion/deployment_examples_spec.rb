# frozen_string_literal: true

require 'hyperion/cli'
require 'json'
require 'shellwords'
require 'yaml'

# What examples/ promises to who runs Hyperion there must agree with what Hyperion does.
RSpec.describe 'The examples of a deployment' do
  directory = File.expand_path('../../examples', __dir__)
  drain = Hyperion::Configuration.new.shutdown_timeout

  # A worker that has not ended after the drain is asked for its backtraces, and killed.
  kill = Hyperion::Cluster::WorkerHandle::CUT_SECONDS + Hyperion::Cluster::WorkerHandle::TELL_SECONDS

  # @return the settings that a command line has for hyperion
  def settings_of(words)
    Hyperion::CLI::Options.parse(words.drop(words.index('hyperion') + 1)).settings
  end

  describe 'for Kubernetes' do
    documents = YAML.load_stream(File.read(File.join(directory, 'kubernetes.yaml')))
    deployment = documents.find { |document| document['kind'] == 'Deployment' }
    service = documents.find { |document| document['kind'] == 'Service' }
    pod = deployment.dig('spec', 'template', 'spec')
    container = pod['containers'].first

    it 'leaves the drain its time' do
      waits = Integer(container.dig('lifecycle', 'preStop', 'exec', 'command').last)
      expect(pod['terminationGracePeriodSeconds']).to be > waits + drain + kill
    end

    it 'takes a pod out of its services before it is sent the end' do
      readiness = container['readinessProbe']
      noticed = readiness['periodSeconds'] * readiness['failureThreshold']
      expect(Integer(container.dig('lifecycle', 'preStop', 'exec', 'command').last)).to be > noticed
    end

    it 'asks the health route whether it is ready, and only for a listener whether it lives' do
      expect(container.values_at('startupProbe', 'readinessProbe').map { |probe| probe['httpGet'] })
        .to all(eq('path' => '/up', 'port' => 'http'))
      expect(container['livenessProbe']).to include('tcpSocket' => { 'port' => 'http' })
    end

    it 'finds its pods and their port' do
      expect(service.dig('spec', 'selector')).to eq(deployment.dig('spec', 'template', 'metadata', 'labels'))
      expect(deployment.dig('spec', 'selector', 'matchLabels')).to eq(service.dig('spec', 'selector'))
      expect(container['ports']).to include('name' => 'http', 'containerPort' => 9292)
      expect(service.dig('spec', 'ports').map { |port| port['targetPort'] }).to eq(['http'])
    end

    it 'mounts only volumes that there are' do
      expect(container['volumeMounts'].map { |mount| mount['name'] } - pod['volumes'].map { |volume| volume['name'] })
        .to eq([])
    end
  end

  describe 'for Docker' do
    instructions = File.read(File.join(directory, 'Dockerfile')).gsub("\\\n", '').lines.grep(/\A[A-Z]+ /)

    it 'has a command that hyperion takes, on the port that it exposes' do
      words = JSON.parse(instructions.grep(/\ACMD /).last.delete_prefix('CMD '))
      settings = settings_of(words)
      expect(Hyperion::Configuration.new(**settings)).to have_attributes(preload_app: true)
      port = instructions.grep(/\AEXPOSE /).first[/\d+/]
      expect(settings[:binds]).to eq(["tcp://0.0.0.0:#{port}"])
    end

    it 'is ended by a signal that drains' do
      name = instructions.grep(/\ASTOPSIGNAL /).first.split.last.delete_prefix('SIG')
      expect(Hyperion::Signals::NAMES).to include(name)
    end

    it 'is given no gems of another machine' do
      ignored = File.readlines(File.join(directory, '.dockerignore'), chomp: true)
      expect(ignored).to include('vendor/bundle', '.bundle')
    end

    it 'runs as no administrator, whom the pod agrees with' do
      user = instructions.grep(/\AUSER /).last.split.last
      expect(user.to_i).to be_positive
      expect(File.read(File.join(directory, 'kubernetes.yaml'))).to include("runAsUser: #{user}")
    end
  end

  describe 'for systemd' do
    unit = File.readlines(File.join(directory, 'hyperion.service'), chomp: true).grep(/\A\w+=/)
               .map { |line| line.split('=', 2) }

    it 'has a command that hyperion takes' do
      expect(settings_of(unit.to_h.fetch('ExecStart').shellsplit)).to include(preload_app: true)
    end

    it 'leaves the drain its time, and does not signal workers itself' do
      expect(Integer(unit.to_h.fetch('TimeoutStopSec'))).to be > drain + kill
      expect(unit.to_h).to include('KillMode' => 'mixed', 'Type' => 'notify')
    end
  end
end
