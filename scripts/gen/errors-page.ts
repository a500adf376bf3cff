import { errorCatalogue } from '../../src/base/errors.ts'

/** `docs/errors.md`: orchd's own errors, from the catalogue. */
export function errorsPage(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, exit, help }]) => `| \`${code}\` | ${exit} | ${status} | ${help} |`,
  )
  return `# Errors

Generated from \`src/base/errors.ts\` (\`npm run gen\`). Mistakes in plans and configuration are diagnostics, with a place in the
file: [diagnostics.md](diagnostics.md). These are what orchd itself says, on standard error (\`error CODE: what happened\`), with
\`--json\` as \`{"type": "error", "code", "message", "help"}\`, and over HTTP as problem+json with the same \`code\`.

| code | exit | HTTP | what to do |
|---|--:|--:|---|
${rows.join('\n')}
`
}
