import { BoundedCache } from '@sallyport/core';
import { createTextSketcher } from '@sallyport/text';

/** Tenants whose sketchers are kept. */
const TENANTS_MAX = { maxEntries: 1_000, maxWeight: 1_000 };

/** Sketches what is said, under a key of each tenant: what one says is not to be compared with what another does. */
export function openTenantSketches(
  fingerprint: (value: string) => string,
): (text: string, tenant: string) => string | undefined {
  const sketchers = new BoundedCache<(text: string) => string | undefined>(TENANTS_MAX);
  return (text, tenant) => {
    let sketcher = sketchers.get(tenant);
    if (sketcher === undefined) {
      sketcher = createTextSketcher(fingerprint(`sketch ${tenant}`));
      sketchers.set(tenant, sketcher, 1);
    }
    return sketcher(text);
  };
}
