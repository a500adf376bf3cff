/** Shorter values are left alone: they would blot out ordinary words. */
const shortestValue = 6
/** Encoded forms and single lines of shorter values are too common to be told from other text. */
const shortestForm = 8
const shortestLine = 16

/** The texts by which a secret value may show itself: as it is, its lines, in base64, in hex, in a URL, in JSON, in a shell. */
export function secretForms(value: string): readonly string[] {
  if (value.length < shortestValue) return []
  const forms = new Set([value])
  const trimmed = value.trim()
  for (const text of new Set([value, trimmed])) {
    if (text.length < shortestForm) continue
    for (const form of [...base64Forms(text), ...hexForms(text), ...urlForms(text), ...quotedForms(text)])
      forms.add(form)
    for (const line of text.split(/\r?\n/)) if (line.trim().length >= shortestLine) forms.add(line.trim())
  }
  if (trimmed.length >= shortestValue) forms.add(trimmed)
  return [...forms]
}

/** The bytes of a text in UTF-8. */
export function utf8Bytes(text: string): Uint8Array {
  const escaped = encodeURIComponent(text.toWellFormed())
  const bytes: number[] = []
  for (let at = 0; at < escaped.length; at++) {
    if (escaped[at] !== '%') bytes.push(escaped.charCodeAt(at))
    else {
      bytes.push(Number.parseInt(escaped.slice(at + 1, at + 3), 16))
      at += 2
    }
  }
  return Uint8Array.from(bytes)
}

/**
 * In base64 a text looks different at each of three offsets, as in `user:secret`. The first and the last digits of a
 * shifted form depend on what stands around it, so they are left out.
 */
function base64Forms(text: string): string[] {
  const bytes = utf8Bytes(text)
  const forms: string[] = []
  for (const shift of [0, 1, 2]) {
    const whole = base64([...Array.from({ length: shift }, () => 0), ...bytes])
    const certain = Math.floor(((shift + bytes.length) * 8) / 6)
    const form = whole.slice(Math.ceil((shift * 8) / 6), certain)
    forms.push(form, form.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return forms
}

function hexForms(text: string): string[] {
  const hex = Array.from(utf8Bytes(text), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex, hex.toUpperCase()]
}

const base64Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function base64(bytes: readonly number[]): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const group = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    for (const bits of [18, 12, 6, 0]) text += base64Digits[(group >> bits) & 63]
  }
  return text
}

function urlForms(text: string): string[] {
  const wellFormed = text.toWellFormed()
  const component = encodeURIComponent(wellFormed)
  const strict = component.replaceAll(/[!'()*~._-]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const forms = [component, strict, encodeURI(wellFormed), component.replaceAll(/[!'()*]/g, percent)]
  const plus = forms.map((form) => form.replaceAll('%20', '+'))
  const lower = [...forms, ...plus].map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))
  return [...forms, ...plus, ...lower]
}

const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`

const quoted = (form: string): string => JSON.stringify(form).slice(1, -1)

/** As JSON writes it (plain, with `\/`, in ASCII), and as a shell that traces its commands does. */
function quotedForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1)
  const ascii = json.replaceAll(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const once = [json, ascii]
  const twice = once.map(quoted)
  const both = [...once, ...twice, ...twice.map(quoted)]
  return [...both, ...both.map((form) => form.replaceAll('/', '\\/')), text.replaceAll("'", `'\\''`)]
}
