import { BoundedCache } from '@sallyport/core';
import type { KnownOperator } from '@sallyport/runtime';

/** What was shown to whom, as far as it is remembered; beyond, it is recorded again. */
const SHOWN_MAX = { maxEntries: 20_000, maxWeight: 20_000 };

/** Who was shown what already: a page that looks every two seconds must not fill the log. */
export class ShownBefore {
  readonly #shown = new BoundedCache<true>(SHOWN_MAX);

  /** Those of the ids that this operator was not shown yet. */
  fresh(operator: KnownOperator, ids: readonly string[]): readonly string[] {
    return ids.filter((id) => this.#shown.get(keyOf(operator, id)) === undefined);
  }

  show(operator: KnownOperator, ids: readonly string[]): void {
    for (const id of ids) this.#shown.set(keyOf(operator, id), true, 1);
  }
}

function keyOf({ principal, by }: KnownOperator, id: string): string {
  return JSON.stringify([by, principal.tenant, principal.id, id]);
}
