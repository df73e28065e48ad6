import { BoundedCache, type Owner, ownerParts } from '@sallyport/core';
import { createTextSketcher } from '@sallyport/text';

/** Principals whose sketchers are kept: of one that is not, it is made anew, and is the same. */
const PRINCIPALS_MAX = { maxEntries: 4_000, maxWeight: 4_000 };

/**
 * Sketches what is said, under a key of each principal: whoever may send requests and read records could otherwise try texts until one has the sketch of
 * what somebody else said.
 */
export function openPrincipalSketches(
  fingerprint: (value: string) => string,
): (text: string, owner: Owner) => string | undefined {
  const sketchers = new BoundedCache<(text: string) => string | undefined>(PRINCIPALS_MAX);
  return (text, owner) => {
    const key = JSON.stringify(ownerParts(owner));
    let sketcher = sketchers.get(key);
    if (sketcher === undefined) {
      sketcher = createTextSketcher(fingerprint(`sketch ${key}`));
      sketchers.set(key, sketcher, 1);
    }
    return sketcher(text);
  };
}
