/**
 * FNV-1a over UTF-16 units: a stable, well-spread 32-bit number for jitter and seeds, where replay must agree.
 * Not for security. @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193)
  }
  // One more mix (murmur3's finaliser), so that texts that differ in the last letter only are far apart.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** The same, as a fraction from 0 (inclusive) to 1 (exclusive). */
export const hashFraction = (text: string): number => hash32(text) / 2 ** 32
