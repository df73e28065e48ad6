import type { KeyObject } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RecordReader, StoredLeaf, TreeHead } from '@sallyport/core';
import { CompactRange, leafHash } from './merkle-tree.ts';
import { isSigned } from './tree-head.ts';

export type LogProblem =
  /** No leaves stand at `from` (inclusive) to `to` (exclusive), and later ones do. */
  | { readonly kind: 'leaves-missing'; readonly from: number; readonly to: number }
  /** The leaf's bytes and its stored hash do not belong together. Where a head covers it and no range is named, only the bytes were edited. */
  | { readonly kind: 'leaf-edited'; readonly index: number }
  /** The leaf would be looked up under another exchange than its own. */
  | { readonly kind: 'leaf-misfiled'; readonly index: number }
  /** Within `from` (inclusive) to `to` (exclusive), leaves were edited together with their hashes, reordered, inserted or removed. */
  | { readonly kind: 'leaves-changed'; readonly from: number; readonly to: number }
  /** The log ends before what the head covers: its tail was removed. */
  | { readonly kind: 'tail-missing'; readonly from: number; readonly to: number }
  | { readonly kind: 'head-unsigned'; readonly size: number }
  | { readonly kind: 'head-origin'; readonly size: number }
  /** A head covers no more leaves than the one before it. */
  | { readonly kind: 'head-order'; readonly size: number };

export interface LogReport {
  /** Nothing is wrong. */
  readonly ok: boolean;
  readonly leaves: number;
  readonly heads: number;
  /** Leaves that no signed head vouches for yet. After a clean stop there are none. */
  readonly unsealed: number;
  /** First in the log first; at most `PROBLEMS_MAX` are listed, `problemsTotal` counts all. */
  readonly problems: readonly LogProblem[];
  readonly problemsTotal: number;
  /** The last good head: kept elsewhere, it shows later that the log was not rolled back. */
  readonly head: TreeHead | undefined;
}

/** Problems that a report lists at most. */
export const PROBLEMS_MAX = 100;

export interface VerifyOptions {
  /** The origin that every head must name; default: that of the first head. */
  readonly origin?: string;
  /** Heads that were kept outside the store: the log must still contain what they cover, whatever the store says. */
  readonly known?: readonly TreeHead[];
  /** Told now and then how many leaves are checked. */
  readonly onProgress?: (leaves: number) => void;
}

/** Leaves between two turns of the event loop: 20 ms. */
const LEAVES_PER_TURN = 2_048;

/**
 * Recomputes the whole log from its stored bytes: each leaf's hash, and at every head the root and the signature.
 * It finds each edited, removed, inserted, moved leaf that a head covers, and edited heads. What it cannot find by itself is a
 * tail removed together with all heads that cover it, by someone who can write to the store: for that, keep a head elsewhere (`known`).
 * Cost: 10 us a leaf, 90 us a head; lets the event loop turn every 20 ms.
 */
export async function verifyLog(
  reader: RecordReader,
  publicKey: KeyObject,
  options: VerifyOptions = {},
): Promise<LogReport> {
  const check = new LogCheck(reader, publicKey, options);
  for (const leaf of reader.leaves(0)) {
    check.leaf(leaf);
    if (check.leaves % LEAVES_PER_TURN !== 0) continue;
    options.onProgress?.(check.leaves);
    await nextTurn();
  }
  return check.report();
}

class LogCheck {
  readonly #publicKey: KeyObject;
  readonly #tree = new CompactRange();
  readonly #heads: Iterator<TreeHead>;
  readonly #known: TreeHead[];
  readonly #problems: LogProblem[] = [];
  #problemsTotal = 0;
  #origin: string | undefined;
  #next: TreeHead | undefined;
  #good: TreeHead | undefined;
  #headCount = 0;
  #covered = 0;
  #leaves = 0;
  /** Where the next leaf should stand. */
  #position = 0;
  /** After the first root that differs, all later ones do: that says nothing more. */
  #diverged = false;

  constructor(reader: RecordReader, publicKey: KeyObject, { origin, known = [] }: VerifyOptions) {
    this.#publicKey = publicKey;
    this.#origin = origin;
    this.#known = known.toSorted((a, b) => a.size - b.size);
    this.#heads = headsUntil(reader, reader.head());
    this.#next = this.#takeHead();
    this.#checkRoots();
  }

  /** Leaves seen. */
  get leaves(): number {
    return this.#leaves;
  }

  leaf({ index, leaf, hash, key }: StoredLeaf): void {
    if (index > this.#position) {
      this.#found({ kind: 'leaves-missing', from: this.#position, to: index });
      this.#diverged = true;
    }
    this.#leaves += 1;
    this.#position = index + 1;
    if (Buffer.compare(leafHash(leaf), hash) !== 0) this.#found({ kind: 'leaf-edited', index });
    if (!isFiledUnder(leaf, key)) this.#found({ kind: 'leaf-misfiled', index });
    // With the hash as stored: when that leads to the signed root, the edited leaf is the only thing that is wrong.
    if (!this.#diverged) this.#tree.append(hash);
    this.#checkRoots();
  }

  report(): LogReport {
    for (const head of this.#restOfHeads()) {
      if (head.size > this.#position) this.#found({ kind: 'tail-missing', from: this.#position, to: head.size });
    }
    return {
      ok: this.#problemsTotal === 0,
      leaves: this.#leaves,
      heads: this.#headCount,
      unsealed: Math.max(0, this.#position - this.#covered),
      problems: this.#problems,
      problemsTotal: this.#problemsTotal,
      head: this.#good,
    };
  }

  *#restOfHeads(): Generator<TreeHead> {
    for (; this.#next !== undefined; this.#next = this.#takeHead()) yield this.#next;
    for (const head of this.#known.splice(0)) if (this.#accepts(head)) yield head;
  }

  #checkRoots(): void {
    const size = this.#position;
    while (this.#next !== undefined && this.#next.size <= size) {
      if (this.#next.size === size) this.#checkRoot(this.#next);
      else this.#found({ kind: 'head-order', size: this.#next.size });
      this.#next = this.#takeHead();
    }
    for (let known = this.#known[0]; known !== undefined && known.size <= size; known = this.#known[0]) {
      this.#known.shift();
      if (this.#accepts(known)) this.#checkRoot(known);
    }
  }

  #checkRoot(head: TreeHead): void {
    this.#covered = Math.max(this.#covered, head.size);
    if (this.#diverged) return;
    if (Buffer.from(this.#tree.root()).toString('base64') === head.root) {
      this.#good = head;
    } else {
      this.#diverged = true;
      this.#found({ kind: 'leaves-changed', from: this.#good?.size ?? 0, to: head.size });
    }
  }

  /** The next head whose own signature and origin hold. */
  #takeHead(): TreeHead | undefined {
    for (let { value, done } = this.#heads.next(); done !== true; { value, done } = this.#heads.next()) {
      this.#headCount += 1;
      if (this.#accepts(value)) return value;
    }
    return undefined;
  }

  #accepts(head: TreeHead): boolean {
    if (!isSigned(head, this.#publicKey)) {
      this.#found({ kind: 'head-unsigned', size: head.size });
      return false;
    }
    this.#origin ??= head.origin;
    if (head.origin === this.#origin) return true;
    this.#found({ kind: 'head-origin', size: head.size });
    return false;
  }

  #found(problem: LogProblem): void {
    this.#problemsTotal += 1;
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(problem);
  }
}

/** The heads that are there when the check begins: a log that grows meanwhile gets heads for leaves that are not looked at. */
function* headsUntil(reader: RecordReader, last: TreeHead | undefined): Generator<TreeHead> {
  for (const head of reader.heads()) {
    yield head;
    if (head.signature === last?.signature) return;
  }
}

/** Within a JSON text this sequence can stand only where the member does: inside a string its quotes would be escaped. */
function isFiledUnder(leaf: Uint8Array, key: string | undefined): boolean {
  if (key === undefined) return false;
  return Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).includes(`"exchange":${JSON.stringify(key)}`);
}
