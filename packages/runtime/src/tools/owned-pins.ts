import type { StoredPin, Vetting } from '@sallyport/core';
import { nameSkeleton } from '@sallyport/text';

/** Sets of definitions of one owner of which is remembered what came of them. */
const SETTLED_MAX = 8;

/** The pins of one owner, by name, and by what their names read like. */
export class OwnedPins {
  readonly #byName = new Map<string, StoredPin>();
  /** Names by skeleton, of tools that are trusted. */
  readonly #trusted = new Map<string, Set<string>>();

  /** What came of sets of definitions, as long as no pin changes. */
  readonly #settled = new Map<string, Vetting>();

  constructor(pins: readonly StoredPin[]) {
    for (const pin of pins) this.put(pin);
  }

  get size(): number {
    return this.#byName.size;
  }

  get(name: string): StoredPin | undefined {
    return this.#byName.get(name);
  }

  settled(set: string): Vetting | undefined {
    return this.#settled.get(set);
  }

  settle(set: string, vetting: Vetting): void {
    if (this.#settled.size >= SETTLED_MAX) this.#settled.clear();
    this.#settled.set(set, vetting);
  }

  put(pin: StoredPin): void {
    this.#settled.clear();
    this.#byName.set(pin.name, pin);
    if (pin.trusted.length === 0) return;
    const skeleton = nameSkeleton(pin.name);
    const names = this.#trusted.get(skeleton);
    if (names === undefined) this.#trusted.set(skeleton, new Set([pin.name]));
    else names.add(pin.name);
  }

  remove({ name }: StoredPin): void {
    this.#settled.clear();
    this.#byName.delete(name);
    this.#trusted.get(nameSkeleton(name))?.delete(name);
  }

  /** Whether a tool of another name that is trusted reads like this one. */
  readsLike({ name, skeleton }: { readonly name: string; readonly skeleton: string }): boolean {
    const names = this.#trusted.get(skeleton);
    return names !== undefined && names.size > Number(names.has(name));
  }
}
