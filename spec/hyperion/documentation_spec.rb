# frozen_string_literal: true

require 'hyperion/cli'

# The pages say what there is: every flag, word, setting and variable, and none that is not there.
RSpec.describe 'The documentation' do
  root = File.expand_path('../..', __dir__)

  # The rows of the tables under a heading, each an Array of cells, without those that stand above the lines.
  rows = lambda do |page, heading|
    text = File.read(File.join(root, 'docs', "#{page}.md"))
    section = text[/^#+ #{Regexp.escape(heading)}\n(.*?)(?=^#|\z)/m, 1] || raise("#{page}.md has no #{heading}")
    tables = section.scan(/^(?:\|.*\n)+/)
    lines = tables.flat_map { |table| table.lines.drop(2) }
    lines.map { |line| line[/\A\|(.*)\|\s*\z/, 1].split(/(?<!\\)\|/).map(&:strip) }
  end

  quoted = ->(cell) { cell.scan(/`([^`]+)`/).flatten }
  flags = ->(cell) { quoted.call(cell).flat_map { |text| text.scan(/(?<![\w-])--?[A-Za-z][\w-]*/) } }
  first_words = ->(cell) { quoted.call(cell).map { |text| text[/\A\w+!?/] }.compact }

  # Of the left column of a help, both forms of what has two.
  told_by = lambda do |help|
    left = help.lines.filter_map { |line| line[/\A +(-.*?)(?: {2,}|$)/, 1] }
    left.flat_map { |text| text.gsub('[no-]', '').scan(/(?<![\w-])--?[A-Za-z][\w-]*/) }
  end

  help = told_by.call(Hyperion::CLI::Options.parse(%w[--help]).answer)
  words = Hyperion::Configuration::FileWords.public_instance_methods(false).map(&:to_s) - %w[method_missing]
  settings = Hyperion::Configuration.names.map(&:to_s)
  refused = Hyperion::Configuration::FileWords::REFUSED.keys.map(&:to_s)

  describe 'of settings' do
    it 'has every setting once, and no other' do
      documented = ['Configuration', 'The process'].flat_map do |heading|
        rows.call('configuration', heading).flat_map { |cells| first_words.call(cells.first) }
      end
      expect(documented).to match_array(settings)
    end
  end

  describe 'of the command line' do
    documented = rows.call('configuration', 'The command line').flat_map { |cells| flags.call(cells.first) }

    it 'has every flag once, and no other' do
      expect(documented).to match_array(help)
    end

    it 'names only settings that there are' do
      named = rows.call('configuration', 'The command line').drop(1).flat_map { |cells| quoted.call(cells.last) }
      expect(named.grep(/\A[a-z_]+\z/) - settings - %w[auto require]).to eq([])
    end

    it 'says of each of Puma\'s flags whether it is there' do
      rows.call('migrating-from-puma', 'Flags').each do |puma, ours|
        expect(flags.call(puma).map { |flag| help.include?(flag) }).to all(be(ours != 'none')), puma
        expect(flags.call(ours) - help).to eq([])
      end
    end
  end

  describe 'of the configuration file' do
    table = rows.call('configuration', 'The configuration file')
    own = table.flat_map { |cells| first_words.call(cells.first) }
    pumas = rows.call('migrating-from-puma', 'Directives')
    known = pumas.reject { |_puma, ours| ours == 'unknown' }.flat_map { |puma, _ours| first_words.call(puma) }

    it 'has every word that is no setting' do
      expect(words - settings - own - known).to eq([])
    end

    it 'has no word that is not there' do
      expect((own + known) - words).to eq([])
    end

    it 'says of each of Puma\'s words whether it is taken, refused or unknown' do
      pumas.each do |puma, ours|
        named = first_words.call(puma)
        expect(named & refused).to eq(ours.start_with?('refused') ? named : []), puma
        expect(named & words).to eq([]), puma if ours == 'unknown'
      end
    end

    it 'says of every word that is refused that it is' do
      expect(refused - known).to eq([])
    end
  end

  describe 'of the environment' do
    source = File.read(File.join(root, 'lib/hyperion/configuration/environment_settings.rb'))
    read = source.scan(/'([A-Z_]{4,})'|%w\[([A-Z_ ]+)\]/).flatten.compact.flat_map(&:split).uniq

    it 'has every variable that is read, and no other' do
      documented = rows.call('configuration', 'The environment').flat_map { |cells| quoted.call(cells.first) }
      expect(documented).to match_array(read)
    end

    it 'says of each of Puma\'s variables whether it is read' do
      rows.call('migrating-from-puma', 'Environment').each do |puma, ours|
        expect(quoted.call(puma) & read).to eq(ours.start_with?('the same') ? quoted.call(puma) : []), puma
      end
    end
  end

  describe 'of commands' do
    names = Hyperion::Control::Command::NAMES.keys

    it 'has every command once, and no other' do
      documented = rows.call('control', 'The sub-commands').flat_map { |cells| quoted.call(cells.first) }
      expect(documented).to match_array(names)
    end

    it 'has every flag of theirs' do
      out = StringIO.new
      Hyperion::Control::Command.new('top', stdout: out).run(%w[--help])
      page = File.read(File.join(root, 'docs/control.md'))
      missing = told_by.call(out.string).reject { |flag| page.match?(/(?<![\w-])#{Regexp.escape(flag)}(?![\w-])/) }
      expect(missing).to eq([])
    end

    it 'says of each of pumactl\'s commands whether it is there' do
      rows.call('migrating-from-puma', 'pumactl').drop(1).each do |puma, ours|
        expect(quoted.call(puma).map { |name| names.include?(name) }).to all(be(ours != 'none')), puma
      end
    end
  end
end
