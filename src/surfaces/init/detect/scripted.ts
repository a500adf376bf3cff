import { isJsonObject } from '../../../base/json.ts'
import { type Command, type Detector, firstOf } from './found.ts'
import { jsonIn } from './node.ts'
import type { ProjectFiles } from './project-files.ts'

// Kinds of projects in scripting languages, beside Node.js and Python.

export const detectRuby: Detector = (files) =>
  files.has('Gemfile')
    ? { kind: 'Ruby', id: 'ruby', setup: { run: 'bundle install', why: 'Gemfile' }, test: rubyTest(files) }
    : null

function rubyTest(files: ProjectFiles): Command {
  if (files.has('bin/rails') && files.has('test')) return { run: 'bin/rails test', why: 'bin/rails' }
  const spec = firstOf(files, '.rspec', 'spec')
  if (spec !== undefined) return { run: 'bundle exec rspec', why: spec }
  return { run: 'bundle exec rake test', why: firstOf(files, 'Rakefile') ?? 'Gemfile' }
}

export const detectElixir: Detector = (files) =>
  files.has('mix.exs')
    ? {
        kind: 'Elixir',
        id: 'elixir',
        setup: { run: 'mix deps.get', why: 'mix.exs' },
        test: { run: 'mix test', why: 'mix.exs' },
      }
    : null

export const detectPhp: Detector = (files) =>
  files.has('composer.json')
    ? {
        kind: 'PHP',
        id: 'php',
        setup: { run: 'composer install --no-interaction', why: 'composer.json' },
        test: phpTest(files),
      }
    : null

function phpTest(files: ProjectFiles): Command | null {
  const { scripts } = jsonIn(files.read('composer.json'))
  if (isJsonObject(scripts) && 'test' in scripts) {
    return { run: 'composer test', why: 'the script "test" of composer.json' }
  }
  const config = firstOf(files, 'phpunit.xml', 'phpunit.xml.dist', 'phpunit.dist.xml')
  return config === undefined ? null : { run: 'vendor/bin/phpunit', why: config }
}
