/** Names that are known of one series; beyond, nothing is new any more. */
export const SEEN_MAX = 64;
/** Names of a kind that come before one of it is called new. */
export const NEW_AFTER = 100;

/** Says when something comes that never came before, once that many things came that it would have. */
export class Novelty {
  readonly #seen = new Set<string>();
  readonly #observed = new Map<string, number>();

  get size(): number {
    return this.#seen.size;
  }

  /** @param kind what the name is of: what never came of one kind says nothing of another */
  isNew(kind: string, name: string): boolean {
    const observed = (this.#observed.get(kind) ?? 0) + 1;
    this.#observed.set(kind, observed);
    const key = `${kind} ${name}`;
    if (this.#seen.has(key) || this.#seen.size >= SEEN_MAX) return false;
    this.#seen.add(key);
    return observed > NEW_AFTER;
  }
}
