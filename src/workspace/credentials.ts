/** The token goes by the environment: command lines can be seen by others. Only this server gets it. */
export function tokenFor(url: string, token: string): { readonly [name: string]: string } {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  }
}

const proxyNames = [
  'https_proxy',
  'HTTPS_PROXY',
  'no_proxy',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
]

/** How the network is reached from here. */
export const proxies = (): { readonly [name: string]: string } => named(proxyNames)

/** Variables of the holder's environment, those that are set. */
export const named = (names: readonly string[]): { readonly [name: string]: string } =>
  Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))

/** An address, or a text with addresses, without names and passwords in them: some clone with those. */
export const withoutLogin = (text: string): string =>
  text.replaceAll(/([a-z][a-z0-9+.-]{0,20}:\/\/)[^@/\s]{0,500}@/gi, '$1')
