/** A kind of secret that is known by how it begins. */
export type Pattern = {
  readonly rule: string
  /** Texts that each match begins with: looked for first, natively. */
  readonly prefixes: readonly string[]
  /**
   * Tried at each prefix. Sticky, and every quantifier has a bound, so that the time is linear in the text, whoever
   * wrote it. Group 1, if there is one, is the secret itself.
   */
  readonly shape: RegExp
}

const end = String.raw`(?![A-Za-z0-9])`
const shape = (source: string): RegExp => new RegExp(`(?<![A-Za-z0-9])${source}`, 'y')

/** What `@secretlint/secretlint-rule-preset-recommend` does not find. Prefixes are as their vendors document them. */
export const patterns: readonly Pattern[] = [
  {
    rule: 'aws_access_key',
    prefixes: ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
    shape: shape(`A[A-Z]{3}[A-Z0-9]{16}${end}`),
  },
  { rule: 'anthropic_key', prefixes: ['sk-ant-'], shape: shape(`sk-ant-[a-z]{2,8}[0-9]{2}-[\\w-]{20,256}`) },
  {
    rule: 'openai_key',
    prefixes: ['sk-'],
    shape: shape(`sk-(?:(?:proj|svcacct|admin|None)-[\\w-]{20,256}|[A-Za-z0-9]{48}${end})`),
  },
  { rule: 'google_api_key', prefixes: ['AIza'], shape: shape(`AIza[\\w-]{35}(?![\\w-])`) },
  { rule: 'google_oauth', prefixes: ['GOCSPX-', 'ya29.'], shape: shape(`(?:GOCSPX-[\\w-]{28}|ya29\\.[\\w-]{30,512})`) },
  {
    rule: 'stripe_key',
    prefixes: ['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_'],
    shape: shape(`[rs]k_(?:live|test)_[A-Za-z0-9]{16,128}`),
  },
  { rule: 'stripe_webhook', prefixes: ['whsec_'], shape: shape(`whsec_[A-Za-z0-9+/=]{32,128}`) },
  {
    rule: 'github_token',
    prefixes: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'],
    shape: shape(`gh[pousr]_[A-Za-z0-9]{36,255}`),
  },
  { rule: 'github_token', prefixes: ['github_pat_'], shape: shape(`github_pat_\\w{36,255}`) },
  {
    rule: 'gitlab_token',
    prefixes: ['glpat-', 'glrt-', 'gldt-', 'glptt-', 'glcbt-', 'glsoat-'],
    shape: shape(`gl[a-z]{2,4}-[\\w-]{20,64}`),
  },
  {
    rule: 'slack_token',
    prefixes: ['xoxb-', 'xoxp-', 'xoxa-', 'xoxe-', 'xoxr-', 'xoxs-', 'xapp-'],
    shape: shape(`x(?:ox[abeprs]|app)-[\\w-]{20,255}`),
  },
  {
    rule: 'slack_webhook',
    prefixes: ['hooks.slack.com/'],
    shape: shape(`hooks\\.slack\\.com/(?:services|workflows|triggers)/[\\w/-]{40,128}`),
  },
  { rule: 'discord_webhook', prefixes: ['/api/webhooks/'], shape: /\/api\/webhooks\/\d{15,22}\/[\w-]{50,100}/y },
  { rule: 'telegram_token', prefixes: [':AA'], shape: /(?<=(?<![A-Za-z0-9])\d{8,10}):AA[\w-]{32,35}(?![\w-])/y },
  { rule: 'npm_token', prefixes: ['npm_'], shape: shape(`npm_[A-Za-z0-9]{36}${end}`) },
  {
    rule: 'npmrc_auth',
    prefixes: [':_authToken=', ':_password=', ':_auth=', '_authToken='],
    shape: /:?_(?:authToken|password|auth)=["']?([A-Za-z0-9+/=_.-]{16,1024})/y,
  },
  { rule: 'pypi_token', prefixes: ['pypi-'], shape: shape(`pypi-AgE[\\w-]{50,1024}`) },
  { rule: 'huggingface_token', prefixes: ['hf_'], shape: shape(`hf_[A-Za-z0-9]{30,40}${end}`) },
  { rule: 'sendgrid_key', prefixes: ['SG.'], shape: shape(`SG\\.[\\w-]{16,32}\\.[\\w-]{32,64}`) },
  { rule: 'twilio_key', prefixes: ['SK'], shape: shape(`SK[0-9a-f]{32}${end}`) },
  { rule: 'mailgun_key', prefixes: ['key-'], shape: shape(`key-[0-9a-f]{32}${end}`) },
  { rule: 'digitalocean_token', prefixes: ['dop_v1_', 'doo_v1_', 'dor_v1_'], shape: shape(`do[opr]_v1_[0-9a-f]{64}`) },
  {
    rule: 'shopify_token',
    prefixes: ['shpat_', 'shpss_', 'shpca_', 'shppa_'],
    shape: shape(`shp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}`),
  },
  { rule: 'databricks_token', prefixes: ['dapi'], shape: shape(`dapi[0-9a-f]{32}(?:-\\d)?${end}`) },
  { rule: 'azure_storage_key', prefixes: ['AccountKey='], shape: /AccountKey=([A-Za-z0-9+/]{86}==)/y },
  { rule: 'vault_token', prefixes: ['hvs.', 'hvb.'], shape: shape(`hv[sb]\\.[\\w-]{24,300}`) },
  { rule: 'cursor_key', prefixes: ['key_'], shape: shape(`key_[0-9a-f]{64}${end}`) },
  { rule: 'groq_key', prefixes: ['gsk_'], shape: shape(`gsk_[A-Za-z0-9]{52}${end}`) },
  { rule: 'xai_key', prefixes: ['xai-'], shape: shape(`xai-[A-Za-z0-9]{80}${end}`) },
  { rule: 'perplexity_key', prefixes: ['pplx-'], shape: shape(`pplx-[A-Za-z0-9]{40,64}${end}`) },
  { rule: 'linear_key', prefixes: ['lin_api_'], shape: shape(`lin_api_[A-Za-z0-9]{40}${end}`) },
  {
    rule: 'notion_token',
    prefixes: ['ntn_', 'secret_'],
    shape: shape(`(?:ntn_[A-Za-z0-9]{46}|secret_[A-Za-z0-9]{43})${end}`),
  },
  { rule: 'docker_token', prefixes: ['dckr_pat_'], shape: shape(`dckr_pat_[\\w-]{27,64}`) },
  {
    rule: 'doppler_token',
    prefixes: ['dp.pt.', 'dp.st.', 'dp.ct.'],
    shape: shape(`dp\\.[a-z]{2}\\.(?:[a-z0-9_]{2,35}\\.)?[A-Za-z0-9]{40,44}${end}`),
  },
  {
    rule: 'grafana_token',
    prefixes: ['glsa_', 'glc_'],
    shape: shape(`(?:glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/=]{32,400})`),
  },
  { rule: 'sentry_token', prefixes: ['sntrys_', 'sntryu_'], shape: shape(`sntry[su]_[A-Za-z0-9+/=_-]{40,512}`) },
  { rule: 'supabase_token', prefixes: ['sbp_'], shape: shape(`sbp_[0-9a-f]{40}${end}`) },
  { rule: 'postman_key', prefixes: ['PMAK-'], shape: shape(`PMAK-[0-9a-f]{24}-[0-9a-f]{34}`) },
  { rule: 'newrelic_key', prefixes: ['NRAK-'], shape: shape(`NRAK-[A-Z0-9]{27}${end}`) },
  { rule: 'onepassword_token', prefixes: ['ops_eyJ'], shape: shape(`ops_eyJ[\\w-]{100,4096}`) },
  { rule: 'age_key', prefixes: ['AGE-SECRET-KEY-1'], shape: shape(`AGE-SECRET-KEY-1[0-9A-Z]{58}`) },
  {
    rule: 'jwt',
    prefixes: ['eyJ'],
    shape: /(?<![\w-])eyJ[\w-]{14,2048}\.eyJ[\w-]{14,4096}\.[\w-]{20,2048}/y,
  },
  {
    rule: 'private_key',
    prefixes: ['-----BEGIN '],
    // With what may stand between the lines in JSON, YAML and source text; the header alone is no secret.
    shape:
      /-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----(?:\\{1,4}[nr]|[\s"'+,;#*>|]){1,40}(?:[A-Za-z-]{4,32}: [^\n\\]{0,200}(?:\\{1,4}n|\n)){0,4}[\s"#*>|]{0,10}[A-Za-z0-9+/=]{16,80}/y,
  },
]
