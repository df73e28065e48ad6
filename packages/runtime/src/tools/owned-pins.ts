import type { StoredPin } from '@sallyport/core';
import { nameSkeleton } from '@sallyport/text';

/** The pins of one owner, by name, and by what their names read like. */
export class OwnedPins {
  readonly #byName = new Map<string, StoredPin>();
  /** Names by skeleton, of tools that are trusted. */
  readonly #trusted = new Map<string, Set<string>>();

  constructor(pins: readonly StoredPin[]) {
    for (const pin of pins) this.put(pin);
  }

  get size(): number {
    return this.#byName.size;
  }

  get(name: string): StoredPin | undefined {
    return this.#byName.get(name);
  }

  put(pin: StoredPin): void {
    this.#byName.set(pin.name, pin);
    if (pin.trusted.length === 0) return;
    const skeleton = nameSkeleton(pin.name);
    const names = this.#trusted.get(skeleton);
    if (names === undefined) this.#trusted.set(skeleton, new Set([pin.name]));
    else names.add(pin.name);
  }

  remove({ name }: StoredPin): void {
    this.#byName.delete(name);
    this.#trusted.get(nameSkeleton(name))?.delete(name);
  }

  /** Whether a tool of another name that is trusted reads like this one. */
  readsLike({ name, skeleton }: { readonly name: string; readonly skeleton: string }): boolean {
    const names = this.#trusted.get(skeleton);
    return names !== undefined && names.size > Number(names.has(name));
  }
}
