import { type Detector, firstOf } from './found.ts'

// Kinds of projects whose tools know by themselves how to test them.

export const detectRust: Detector = (files) => {
  if (!files.has('Cargo.toml')) return null
  const isWorkspace = /^\[workspace\]/m.test(files.read('Cargo.toml'))
  const test = { run: isWorkspace ? 'cargo test --workspace' : 'cargo test', why: 'Cargo.toml' }
  return { kind: 'Rust', id: 'rust', setup: null, test }
}

export const detectGo: Detector = (files) => {
  if (!files.has('go.mod') && !files.has('go.work')) return null
  const setup = files.has('go.sum') ? { run: 'go mod download', why: 'go.sum' } : null
  const test = files.has('go.mod')
    ? { run: 'go test ./...', why: 'go.mod' }
    : { run: "go test $(go list -f '{{.Dir}}/...' -m)", why: 'go.work' }
  return { kind: 'Go', id: 'go', setup, test }
}

export const detectMaven: Detector = (files) =>
  files.has('pom.xml')
    ? {
        kind: 'Java (Maven)',
        id: 'maven',
        setup: null,
        test: { run: files.has('mvnw') ? './mvnw -B test' : 'mvn -B test', why: 'pom.xml' },
      }
    : null

export const detectGradle: Detector = (files) => {
  const why = firstOf(files, 'build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts')
  if (why === undefined) return null
  const test = { run: files.has('gradlew') ? './gradlew test' : 'gradle test', why }
  return { kind: 'Java (Gradle)', id: 'gradle', setup: null, test }
}

export const detectDotnet: Detector = ({ names }) => {
  const why = names.find((name) => /\.slnx?$/i.test(name)) ?? names.find((name) => /\.(?:cs|fs|vb)proj$/i.test(name))
  if (why === undefined) return null
  return { kind: '.NET', id: 'dotnet', setup: { run: 'dotnet restore', why }, test: { run: 'dotnet test', why } }
}
