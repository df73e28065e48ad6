import { BoundedCache, type Fingerprint, type Inspection } from '@sallyport/core';

const REMEMBERED_MAX = 512;
const REMEMBERED_MAX_CHARS = 65_536;

/**
 * The same fingerprints, each worked out once while it is remembered: a growing text is read again as long as a match may
 * still become longer, and its matches with it. Keeps no more than the newest 512 values and 65,536 characters.
 */
export function rememberedFingerprints(fingerprint: Inspection['fingerprint']): Inspection['fingerprint'] {
  let known: BoundedCache<Fingerprint> | undefined;
  return (value) => {
    known ??= new BoundedCache({ maxEntries: REMEMBERED_MAX, maxWeight: REMEMBERED_MAX_CHARS });
    const before = known.get(value);
    if (before !== undefined) return before;
    const made = fingerprint(value);
    known.set(value, made, value.length);
    return made;
  };
}
