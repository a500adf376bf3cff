/** One request to the launcher: a 4-byte length, then fields separated by NUL. No field may hold a NUL. */
export function encodeFrame(fields: readonly string[]): Buffer {
  const text = fields.join('\0')
  const size = Buffer.byteLength(text)
  const frame = Buffer.allocUnsafe(4 + size)
  frame.writeUInt32BE(size)
  frame.write(text, 4)
  return frame
}
