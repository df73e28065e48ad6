import { type AuditRecord, LEAF_MAX_BYTES } from '@sallyport/core';

interface Limits {
  /** Entries of each list named `findings`; how many there were stands beside it, in `findingsTotal`. */
  readonly findings: number;
  /** Entries of every other list. */
  readonly entries: number;
  /** Characters of each string, UTF-16. */
  readonly chars: number;
}

/** Findings go first, since they are counted; then what a request may hold without bound: names of tools and groups, a model's name. */
const STEPS: readonly Limits[] = [
  { findings: 100, entries: 1_024, chars: 2_048 },
  { findings: 50, entries: 512, chars: 1_024 },
  { findings: 20, entries: 128, chars: 512 },
  { findings: 5, entries: 32, chars: 256 },
  { findings: 1, entries: 8, chars: 128 },
  { findings: 0, entries: 1, chars: 64 },
  { findings: 0, entries: 0, chars: 64 },
];

/** More members than any object of a fixed shape has: only open-ended maps, such as `redacted`, lose some. */
const MEMBERS_MAX = 32;

/** What makes a record findable, and is short in every record of ours. */
const NEVER_CUT: ReadonlySet<string> = new Set(['v', 'kind', 'exchange', 'at']);

/**
 * The leaf of a record that does not fit one as it is: cut step by step, the same record always at the same step.
 * @param encode the leaf of a record, of any length
 */
export function shortened(record: AuditRecord, encode: (record: AuditRecord) => Uint8Array): Uint8Array {
  for (const limits of STEPS) {
    const lost = { entries: 0, chars: 0 };
    const leaf = encode({ ...new Shears(limits, lost).record(record), shortened: lost });
    if (leaf.byteLength <= LEAF_MAX_BYTES) return leaf;
  }
  // Only a record whose id or time is none of ours comes here; that it was there is kept.
  const { v, kind, exchange, at } = record;
  const lost = { entries: 0, chars: exchange.length + at.length };
  return encode({ v, kind, exchange: exchange.slice(0, 64), at: at.slice(0, 64), shortened: lost } as AuditRecord);
}

class Shears {
  readonly #limits: Limits;
  readonly #lost: { entries: number; chars: number };

  constructor(limits: Limits, lost: { entries: number; chars: number }) {
    this.#limits = limits;
    this.#lost = lost;
  }

  record(record: AuditRecord): AuditRecord {
    const members = Object.entries(record).map(([name, value]) => [
      name,
      NEVER_CUT.has(name) ? value : this.#value(value, name),
    ]);
    return Object.fromEntries(members) as AuditRecord;
  }

  #value(value: unknown, name: string): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value !== 'object' || value === null) return value;
    return Array.isArray(value) ? this.#list(value, name) : this.#members(value);
  }

  #text(text: string): string {
    if (text.length <= this.#limits.chars) return text;
    const kept = text.slice(0, this.#limits.chars);
    this.#lost.chars += text.length - kept.length;
    return kept;
  }

  #list(list: readonly unknown[], name: string): unknown[] {
    const most = name === 'findings' ? this.#limits.findings : this.#limits.entries;
    this.#lost.entries += Math.max(0, list.length - most);
    return list.slice(0, most).map((entry) => this.#value(entry, name));
  }

  #members(object: object): object {
    const members = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
    const fitting = members.filter(([name]) => name.length <= this.#limits.chars).slice(0, MEMBERS_MAX);
    this.#lost.entries += members.length - fitting.length;
    return Object.fromEntries(fitting.map(([name, value]) => [name, this.#value(value, name)]));
  }
}
