import { Counter, type Registry } from 'prom-client';

/** A counter's name without prefix, what it counts, and the names of its labels. */
export interface TallyParts {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

interface Sum {
  readonly labels: Readonly<Record<string, string>>;
  pending: number;
}

/**
 * A counter that is cheap to add to: the library's own takes a microsecond each time to put labels in order. Sums go
 * there when they are read. Cost: 0.1 us an addition.
 */
export class Tally {
  readonly #names: readonly string[];
  readonly #sums = new Map<string, Sum>();

  constructor(registry: Registry, { name, help, labelNames }: TallyParts) {
    this.#names = labelNames;
    const counter: Counter = new Counter({
      name: `sallyport_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect: () => {
        for (const sum of this.#sums.values()) {
          if (sum.pending > 0) counter.inc({ ...sum.labels }, sum.pending);
          sum.pending = 0;
        }
      },
    });
  }

  /** @param values of the labels, in the order of their names; @param by 0.. */
  add(values: readonly string[], by = 1): void {
    const key = values.length === 1 ? (values[0] ?? '') : values.join('\n');
    const known = this.#sums.get(key);
    if (known !== undefined) {
      known.pending += by;
      return;
    }
    const labels = Object.fromEntries(this.#names.map((name, at) => [name, values[at] ?? '']));
    this.#sums.set(key, { labels, pending: by });
  }
}
