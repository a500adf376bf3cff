import type { Random } from './random.ts'

const digits = '0123456789'
const hex = `${digits}abcdef`
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const alphanumeric = `${digits}${upper}${upper.toLowerCase()}`
const base64url = `${alphanumeric}-_`

const chars = (random: Random, alphabet: string, length: number): string => {
  const all = Array.from(alphabet)
  return Array.from({ length }, () => all[random.below(all.length)]).join('')
}

/** Secrets of known services as they look, made up: kinds that no environment variable tells of. */
export const secretKinds: { readonly [kind: string]: (random: Random) => string } = {
  anthropic: (random) => `sk-ant-${random.pick(['api03', 'oat01'])}-${chars(random, base64url, 95)}AA`,
  openai: (random) => `sk-${random.pick(['proj-', 'svcacct-'])}${chars(random, base64url, 120)}`,
  openai_old: (random) => `sk-${chars(random, alphanumeric, 48)}`,
  aws: (random) => `${random.pick(['AKIA', 'ASIA'])}${chars(random, `${upper}${digits}`, 16)}`,
  github: (random) => `gh${random.pick(['p', 'o', 's', 'u'])}_${chars(random, alphanumeric, 36)}`,
  github_fine: (random) => `github_pat_${chars(random, `${alphanumeric}_`, 82)}`,
  gitlab: (random) => `glpat-${chars(random, base64url, 20)}`,
  google: (random) => `AIza${chars(random, alphanumeric, 35)}`,
  google_oauth: (random) => `ya29.${chars(random, base64url, 120)}`,
  npm: (random) => `npm_${chars(random, alphanumeric, 36)}`,
  pypi: (random) => `pypi-AgEIcHlwaS5vcmc${chars(random, base64url, 120)}`,
  huggingface: (random) => `hf_${chars(random, alphanumeric, 34)}`,
  slack: (random) =>
    `xoxb-${chars(random, digits, 12)}-${chars(random, digits, 12)}-${chars(random, alphanumeric, 24)}`,
  slack_webhook: (random) =>
    `hooks.slack.com/services/T${chars(random, upper, 8)}/B${chars(random, upper, 8)}/${chars(random, alphanumeric, 24)}`,
  stripe: (random) => `sk_live_${chars(random, alphanumeric, 24)}`,
  sendgrid: (random) => `SG.${chars(random, base64url, 22)}.${chars(random, base64url, 43)}`,
  twilio: (random) => `SK${chars(random, hex, 32)}`,
  telegram: (random) => `${chars(random, digits, 9)}:AA${chars(random, base64url, 32)}A`,
  digitalocean: (random) => `dop_v1_${chars(random, hex, 64)}`,
  shopify: (random) => `shpat_${chars(random, hex, 32)}`,
  databricks: (random) => `dapi${chars(random, hex, 32)}`,
  vault: (random) => `hvs.${chars(random, base64url, 90)}`,
  cursor: (random) => `key_${chars(random, hex, 64)}`,
  xai: (random) => `xai-${chars(random, alphanumeric, 80)}`,
  linear: (random) => `lin_api_${chars(random, alphanumeric, 40)}`,
  docker: (random) => `dckr_pat_${chars(random, base64url, 27)}`,
  onepassword: (random) => `ops_eyJ${chars(random, base64url, 300)}`,
  jwt: (random) =>
    `eyJ${chars(random, base64url, 30)}.eyJ${chars(random, base64url, 200)}.${chars(random, base64url, 43)}`,
  private_key: (random) => {
    const lines = Array.from({ length: 12 }, () => chars(random, `${alphanumeric}+/`, 64))
    return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----'].join('\n')
  },
}

/** What somebody might have set: letters of many kinds, and what other forms have to write otherwise. */
export const someValue = (random: Random): string =>
  `${chars(random, alphanumeric, 6)}${chars(random, `${alphanumeric}/+=&"'\\ ü€😀%~`, 8 + random.below(40))}${chars(random, alphanumeric, 6)}`

/** Ways in which a known value shows itself. */
export const valueForms: { readonly [form: string]: (value: string, random: Random) => string } = {
  plain: (value) => value,
  json: (value) => JSON.stringify(value),
  json_twice: (value) => JSON.stringify(JSON.stringify({ value })),
  json_ascii: (value) =>
    JSON.stringify(value).replaceAll(
      /[\u0080-\uffff]/g,
      (char) => String.raw`\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  base64: (value, random) => Buffer.from(`${chars(random, alphanumeric, random.below(4))}${value}`).toString('base64'),
  base64url: (value) => Buffer.from(value).toString('base64url'),
  url: (value) => `?token=${encodeURIComponent(value)}`,
  hex: (value) => Buffer.from(value).toString('hex'),
  coloured,
  coloured_json: (value, random) => JSON.stringify(coloured(value, random)),
  coloured_json_twice: (value, random) => JSON.stringify(JSON.stringify({ value: coloured(value, random) })),
}

/** Ways in which any secret shows itself that is known by how it begins. */
export const kindForms: { readonly [form: string]: (value: string, random: Random) => string } = {
  plain: (value) => value,
  json: (value) => JSON.stringify({ key: value }),
  behind_newline: (value) => JSON.stringify(`line\n${value}\tand more`),
  json_twice: (value) => JSON.stringify(JSON.stringify(['', `\n${value}`])),
  url: (value) => `?q=a%20${value.includes('\n') ? '' : value}&b=`,
  assigned: (value) => `TOKEN='${value}'`,
  coloured,
  coloured_json: (value, random) => JSON.stringify(coloured(value, random)),
  coloured_json_twice: (value, random) => JSON.stringify(JSON.stringify({ value: coloured(value, random) })),
  coloured_shell: (value, random) => coloured(value, random).replaceAll('\u001B', String.raw`\033`),
}

function coloured(value: string, random: Random): string {
  const at = 1 + random.below(value.length - 1)
  // Not within one character, nor behind a backslash of its own, which would quote what follows.
  const [before, after] = [value.slice(0, at), value.slice(at)]
  if (!before.isWellFormed() || before.endsWith('\\')) return value
  return `${before}\u001B[${random.below(108)}m${after}\u001B[0m`
}
