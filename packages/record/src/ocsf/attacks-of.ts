import type { FoundCategory } from '@sallyport/core';
import attacks from './attacks.json' with { type: 'json' };

/** The version of MITRE ATLAS that `attacks.json` is of. */
const ATLAS_VERSION = '2026.09';

/** Where each attack of the table stands in the schema: that it is of ATLAS the version says. */
const ATTACKS: Readonly<Partial<Record<FoundCategory, { readonly uid: string; readonly name: string }>>> = attacks;

/** Which technique a finding of the category stands for, as a part of `finding_info`. */
export function attacksOf(category: FoundCategory): Readonly<Record<string, unknown>> {
  const technique = ATTACKS[category];
  return technique === undefined ? {} : { attacks: [{ technique, version: ATLAS_VERSION }] };
}
