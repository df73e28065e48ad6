interface Meter {
  spend(steps: number): boolean;
}

/** Which members and items of one value were evaluated by a schema that holds: what `unevaluated...` is about. */
export class Marks {
  /** Every member, whatever its name. */
  allNames = false;
  readonly names = new Set<string>();
  /** Items from the first on. */
  firstItems = 0;
  readonly items = new Set<number>();

  fresh(): Marks {
    return new Marks();
  }

  /** Cost: O(marks of the other), which is spent. */
  add(other: Marks, meter: Meter): void {
    if (!meter.spend(other.names.size + other.items.size)) return;
    this.allNames ||= other.allNames;
    this.firstItems = Math.max(this.firstItems, other.firstItems);
    for (const name of other.names) this.names.add(name);
    for (const item of other.items) this.items.add(item);
  }

  hasName(name: string): boolean {
    return this.allNames || this.names.has(name);
  }

  hasItem(index: number): boolean {
    return index < this.firstItems || this.items.has(index);
  }
}
