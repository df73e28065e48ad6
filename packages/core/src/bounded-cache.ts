/**
 * A cache of what was used lately, bounded by entries and by an estimate of their weight. Entries live in two generations:
 * one that is used moves to the younger; when that is half of the bound, it becomes the older and what nobody asked
 * for in the meantime is gone. That costs no bookkeeping per use, and keeps at least the last half of the bound.
 * @param maxEntries at least 2
 * @param maxWeight sum of the weights that `set` was given, in the caller's unit; what is heavier than half of it alone is not kept
 */
export class BoundedCache<Value> {
  private young = new Map<string, Kept<Value>>();
  private old = new Map<string, Kept<Value>>();
  private youngWeight = 0;
  private readonly halfEntries: number;
  private readonly halfWeight: number;

  constructor({ maxEntries, maxWeight }: { readonly maxEntries: number; readonly maxWeight: number }) {
    this.halfEntries = maxEntries / 2;
    this.halfWeight = maxWeight / 2;
  }

  get(key: string): Value | undefined {
    const kept = this.young.get(key);
    if (kept !== undefined) return kept.value;
    const older = this.old.get(key);
    if (older === undefined) return undefined;
    this.keep(key, older);
    return older.value;
  }

  set(key: string, value: Value, weight: number): void {
    if (weight > this.halfWeight) return;
    const replaced = this.young.get(key);
    if (replaced !== undefined) this.youngWeight -= replaced.weight;
    this.keep(key, { value, weight });
  }

  delete(key: string): void {
    const kept = this.young.get(key);
    if (kept !== undefined) this.youngWeight -= kept.weight;
    this.young.delete(key);
    this.old.delete(key);
  }

  private keep(key: string, kept: Kept<Value>): void {
    if (this.young.size + 1 > this.halfEntries || this.youngWeight + kept.weight > this.halfWeight) {
      this.old = this.young;
      this.young = new Map();
      this.youngWeight = 0;
    }
    this.young.set(key, kept);
    this.youngWeight += kept.weight;
  }
}

interface Kept<Value> {
  readonly value: Value;
  readonly weight: number;
}
