import { setFlagsFromString } from 'node:v8'

/**
 * Lets V8's heap for new objects grow, which `bin/orchd.js` holds small while a daemon loads: from its first run on, it
 * makes short-lived objects that need the room.
 */
export const freeYoungHeap = (): void => setFlagsFromString('--semi-space-growth-factor=2')
