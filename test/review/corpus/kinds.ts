import type { Random } from '../../support/random.ts'

/** A kind of secret, and how one is made up: right in form, and nobody's. */
export type Kind = { readonly name: string; readonly make: (random: Random) => string }

const digits = '0123456789'
const hex = `${digits}abcdef`
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const letters = `${upper}${upper.toLowerCase()}`
const alnum = `${letters}${digits}`
const base64 = `${alnum}+/`
const url64 = `${alnum}-_`

export const chars = (random: Random, count: number, from: string): string =>
  Array.from({ length: count }, () => from[random.below(from.length)]).join('')

const simple = (name: string, prefix: string, count: number, from: string): Kind => ({
  name,
  make: (random) => prefix + chars(random, count, from),
})

const pem = (random: Random, type: string, lines: number): string =>
  [
    `-----BEGIN ${type}-----`,
    ...Array.from({ length: lines }, () => chars(random, 64, base64)),
    `${chars(random, 38, base64)}==`,
    `-----END ${type}-----`,
  ].join('\n')

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const jwt = (random: Random): string => {
  const claims = { sub: chars(random, 8, digits), name: chars(random, 6, letters), iat: 1_700_000_000 }
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.${chars(random, 43, url64)}`
}

/** A prefix alone is no secret: this file holds none of what it makes. */
export const kinds: readonly Kind[] = [
  simple('aws access key', 'AKIA', 16, `${upper}234567`),
  simple('aws temporary key', 'ASIA', 16, `${upper}234567`),
  { name: 'aws secret key', make: (random) => `aws_secret_access_key = ${chars(random, 40, base64)}` },
  simple('anthropic api', 'sk-ant-api03-', 93, url64),
  simple('anthropic oauth', 'sk-ant-oat01-', 86, url64),
  simple('openai, old', 'sk-', 48, alnum),
  simple('openai project', 'sk-proj-', 74, url64),
  simple('openai service account', 'sk-svcacct-', 58, url64),
  simple('google api', 'AIza', 35, url64),
  simple('google oauth client', 'GOCSPX-', 28, url64),
  simple('stripe live', 'sk_live_', 24, alnum),
  simple('stripe restricted', 'rk_live_', 40, alnum),
  simple('stripe webhook', 'whsec_', 32, alnum),
  simple('github personal', 'ghp_', 36, alnum),
  simple('github oauth', 'gho_', 36, alnum),
  simple('github server', 'ghs_', 36, alnum),
  simple('github fine-grained', 'github_pat_', 82, `${alnum}_`),
  simple('gitlab', 'glpat-', 20, url64),
  {
    name: 'slack bot',
    make: (r) => `xoxb-${chars(r, 12, digits)}-${chars(r, 12, digits)}-${chars(r, 24, alnum)}`,
  },
  {
    name: 'slack webhook',
    make: (r) =>
      `https://hooks.slack.com/services/T${chars(r, 8, upper)}/B${chars(r, 8, upper)}/${chars(r, 24, alnum)}`,
  },
  {
    name: 'discord webhook',
    make: (r) => `https://discord.com/api/webhooks/${chars(r, 18, '123456789')}/${chars(r, 68, url64)}`,
  },
  { name: 'telegram', make: (r) => `${chars(r, 9, '123456789')}:AA${chars(r, 33, url64)}` },
  simple('npm', 'npm_', 36, alnum),
  {
    name: 'npmrc',
    make: (r) => `//registry.example.org/:_authToken=${chars(r, 8, hex)}-${chars(r, 4, hex)}-${chars(r, 12, hex)}`,
  },
  simple('pypi', 'pypi-AgEIcHlwaS5vcmc', 120, url64),
  simple('hugging face', 'hf_', 34, letters),
  { name: 'sendgrid', make: (r) => `SG.${chars(r, 22, url64)}.${chars(r, 43, url64)}` },
  simple('twilio', 'SK', 32, hex),
  simple('mailgun', 'key-', 32, hex),
  simple('digitalocean', 'dop_v1_', 64, hex),
  simple('shopify', 'shpat_', 32, hex),
  simple('databricks', 'dapi', 32, hex),
  {
    name: 'azure storage',
    make: (r) => `DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=${chars(r, 86, base64)}==`,
  },
  simple('vault', 'hvs.', 90, url64),
  simple('cursor', 'key_', 64, hex),
  simple('groq', 'gsk_', 52, alnum),
  simple('linear', 'lin_api_', 40, alnum),
  simple('notion', 'ntn_', 46, alnum),
  simple('docker', 'dckr_pat_', 27, url64),
  simple('doppler', 'dp.pt.', 43, alnum),
  { name: 'grafana', make: (r) => `glsa_${chars(r, 32, alnum)}_${chars(r, 8, hex)}` },
  simple('supabase', 'sbp_', 40, hex),
  { name: 'postman', make: (r) => `PMAK-${chars(r, 24, hex)}-${chars(r, 34, hex)}` },
  simple('new relic', 'NRAK-', 27, `${upper}${digits}`),
  simple('1password', 'ops_eyJ', 250, url64),
  simple('age', 'AGE-SECRET-KEY-1', 58, `${upper}${digits}`),
  { name: 'jwt', make: jwt },
  { name: 'rsa key', make: (r) => pem(r, `RSA PRIVATE KEY`, 24) },
  { name: 'short ec key', make: (r) => pem(r, `EC PRIVATE KEY`, 2) },
  { name: 'openssh key', make: (r) => pem(r, `OPENSSH PRIVATE KEY`, 5) },
  {
    name: 'key in json',
    make: (r) => JSON.stringify({ type: 'service_account', private_key: pem(r, `PRIVATE KEY`, 20) }),
  },
  {
    name: 'generic in env',
    make: (r) => `BILLING_API_KEY=${chars(r, 32, alnum)}`,
  },
  { name: 'password in a URL', make: (r) => `postgres://shop:${chars(r, 16, alnum)}@db.internal.corp:5432/shop` },
]
