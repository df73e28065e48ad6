/** One side of a cumulative sum: what speaks for a move adds up, what speaks against it takes away, to zero at most. */
export class Excess {
  sum = 0;
  /** What was added since it was zero: how many times, and the values. */
  since = 0;
  total = 0;
  /** When it was zero last: from there on it moved. */
  fromMs = 0;

  add(beyond: number, value: number, atMs: number): void {
    this.sum = Math.max(0, this.sum + beyond);
    if (this.since === 0) this.fromMs = atMs;
    this.since = this.sum === 0 ? 0 : this.since + 1;
    this.total = this.sum === 0 ? 0 : this.total + value;
  }
}

/** Both directions in which something can move. */
export class BothSides {
  readonly up = new Excess();
  readonly down = new Excess();

  /** The side of which more is known, once it reaches a threshold. */
  reaching(threshold: number): { readonly side: Excess; readonly direction: 'up' | 'down' } | undefined {
    const direction = this.up.sum >= this.down.sum ? 'up' : 'down';
    const side = this[direction];
    return side.sum < threshold ? undefined : { side, direction };
  }
}
