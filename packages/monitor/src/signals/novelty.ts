/** Names that are known of one series; beyond, nothing is new any more. */
export const SEEN_MAX = 64;
/** Sightings before anything is called new. */
export const NEW_AFTER = 100;

/** Says when something comes that never came before, once that many things came that it would have. */
export class Novelty {
  readonly #seen = new Set<string>();
  #observed = 0;

  get size(): number {
    return this.#seen.size;
  }

  /** Something came in which there may have been something new. */
  observe(): void {
    this.#observed += 1;
  }

  isNew(name: string): boolean {
    if (this.#seen.has(name) || this.#seen.size >= SEEN_MAX) return false;
    this.#seen.add(name);
    return this.#observed > NEW_AFTER;
  }
}
