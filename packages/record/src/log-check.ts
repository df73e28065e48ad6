import type { KeyObject } from 'node:crypto';
import { RETENTION_KEY, type RecordReader, type StoredLeaf, type TreeHead } from '@sallyport/core';
import { type Checkpoint, headIn } from './checkpoint.ts';
import { cosignedAt } from './cosignature.ts';
import { firstLeafOf, type LogProblem, type LogReport, PROBLEMS_MAX, type Witnessed } from './log-report.ts';
import { CompactRange, leafHash } from './merkle-tree.ts';
import { decodeRecord } from './record-codec.ts';
import { RetentionCheck } from './retention-check.ts';
import { noteOf, parseNote, type VerifierKey, verifierKey } from './signed-note.ts';
import { TileCheck } from './tile-check.ts';
import { headText, isSigned } from './tree-head.ts';
import type { VerifyOptions } from './verify-options.ts';

/** A head is put off for a minute at most (`audit.seal.ms`); twice that is beyond doubt. */
const HEAD_LATEST_MS = 120_000;

/** One pass over a log: leaves in their order, heads between them. */
export class LogCheck {
  readonly #publicKey: KeyObject;
  readonly #tree = new CompactRange();
  readonly #heads: Iterator<TreeHead>;
  readonly #known: TreeHead[];
  readonly #tiles: TileCheck;
  readonly #retention = new RetentionCheck();
  readonly #reader: RecordReader;
  readonly #witnesses: readonly VerifierKey[];
  readonly #problems: LogProblem[] = [];
  #problemsTotal = 0;
  #origin: string | undefined;
  #next: TreeHead | undefined;
  #good: TreeHead | undefined;
  #headCount = 0;
  #covered = 0;
  #leaves = 0;
  #archived = 0;
  /** First leaf after the last good head whose tile has another hash. */
  #firstDiffering: number | undefined;
  /** Where the next leaf should stand. */
  #position = 0;
  /** After the first root that differs, all later ones do: that says nothing more. */
  #diverged = false;
  /** Tiles that differ from leaves, until a head says which of both is right. */
  readonly #doubted: LogProblem[] = [];
  #firstBad: LogReport['firstBad'];

  constructor(reader: RecordReader, publicKey: KeyObject, options: VerifyOptions) {
    const { origin, known = [], checkpoints = [], witnesses = [] } = options;
    this.#reader = reader;
    this.#witnesses = witnesses;
    this.#tiles = new TileCheck(reader);
    this.#publicKey = publicKey;
    this.#origin = origin;
    const kept = checkpoints.flatMap((checkpoint) => this.#headKept(checkpoint));
    this.#known = [...known, ...kept].sort((a, b) => a.size - b.size);
    this.#heads = reader.heads()[Symbol.iterator]();
    this.#next = this.#takeHead();
    this.#checkRoots();
  }

  /** The hash of the next leaf, whose bytes were archived. */
  archived(hash: Uint8Array): void {
    this.#archived += 1;
    this.#position += 1;
    this.#grow(this.#position - 1, hash);
    this.#checkRoots();
  }

  leaf({ index, leaf, hash, key }: StoredLeaf): void {
    if (index > this.#position) {
      this.found({ kind: 'leaves-missing', from: this.#position, to: index });
      this.#diverged = true;
    }
    this.#leaves += 1;
    this.#position = index + 1;
    if (Buffer.compare(leafHash(leaf), hash) !== 0) this.found({ kind: 'leaf-edited', index });
    if (!isFiledUnder(leaf, key)) this.found({ kind: 'leaf-misfiled', index });
    else if (key === RETENTION_KEY && this.#retention.isBroken({ leaf }))
      this.found({ kind: 'retention-broken', index });
    // With the hash as stored: when that leads to the signed root, the edited leaf is the only thing that is wrong.
    this.#grow(index, hash);
    this.#checkRoots();
  }

  /** A log without any head is one that has just begun, or one whose heads were taken away. */
  lastLeaf({ leaf }: StoredLeaf, nowMs: number): void {
    if (this.#headCount > 0) return;
    const ageMs = nowMs - timeOf(leaf);
    if (!(ageMs <= HEAD_LATEST_MS)) this.found({ kind: 'heads-missing', size: this.#position });
  }

  report(): LogReport {
    const from = this.#position;
    for (; this.#next !== undefined; this.#next = this.#takeHead()) {
      if (this.#next.size > from) this.found({ kind: 'tail-missing', from, to: this.#next.size });
    }
    for (const { size } of this.#known.splice(0).filter((head) => this.#accepts(head))) {
      this.found({ kind: 'rolled-back', from, to: size });
    }
    const witnessed = this.#witnesses.flatMap((witness) => this.#witnessedBy(witness));
    const firstBad = this.#firstBad;
    return {
      ok: this.#problemsTotal === 0,
      leaves: this.#leaves,
      archived: this.#archived,
      heads: this.#headCount,
      unsealed: Math.max(0, this.#position - this.#covered),
      problems: this.#problems,
      problemsTotal: this.#problemsTotal,
      ...(firstBad !== undefined && { firstBad }),
      witnessed,
      head: this.#good,
    };
  }

  #grow(index: number, hash: Uint8Array): void {
    if (this.#diverged) return;
    this.#tree.append(hash);
    if (this.#tiles.differs(index, hash)) this.#firstDiffering ??= index;
    for (const problem of this.#tiles.append(hash)) {
      // Where leaf and tile differ, the next head says which of them was edited.
      if (this.#firstDiffering === undefined || problem.kind === 'tile-missing') this.found(problem);
      else this.#doubted.push(problem);
    }
  }

  #checkRoots(): void {
    const size = this.#position;
    while (this.#next !== undefined && this.#next.size <= size) {
      if (this.#next.size === size) this.#checkRoot(this.#next);
      else this.found({ kind: 'head-order', size: this.#next.size });
      this.#next = this.#takeHead();
    }
    for (let known = this.#known[0]; known !== undefined && known.size <= size; known = this.#known[0]) {
      this.#known.shift();
      if (this.#accepts(known)) this.#checkKnown(known);
    }
  }

  #checkRoot(head: TreeHead): void {
    this.#covered = Math.max(this.#covered, head.size);
    if (this.#diverged) return;
    const first = this.#firstDiffering;
    if (this.#leadsTo(head)) {
      this.#good = head;
      this.#firstDiffering = undefined;
      for (const problem of this.#doubted.splice(0)) this.found(problem);
    } else {
      this.#diverged = true;
      const range = { from: this.#good?.size ?? 0, to: head.size };
      this.found({ kind: 'leaves-changed', ...range, ...(first !== undefined && { first }) });
    }
  }

  /** A head that was kept elsewhere: it is signed, and so are those of the store. */
  #checkKnown(head: TreeHead): void {
    if (this.#diverged) return;
    this.#covered = Math.max(this.#covered, head.size);
    if (!this.#leadsTo(head)) this.found({ kind: 'forked', size: head.size });
    else if (head.size > (this.#good?.size ?? 0)) this.#good = head;
  }

  #leadsTo(head: TreeHead): boolean {
    return Buffer.from(this.#tree.root()).toString('base64') === head.root;
  }

  #headKept(checkpoint: Checkpoint): readonly TreeHead[] {
    const { size, origin } = checkpoint;
    for (const witness of this.#witnesses) {
      if (cosignedAt(checkpoint, witness) === undefined)
        this.found({ kind: 'witness-unsigned', size, witness: witness.name });
    }
    const head = headIn(checkpoint, verifierKey(origin, this.#publicKey));
    if (head !== undefined) return [head];
    this.found({ kind: 'head-unsigned', size });
    return [];
  }

  /** What the store has of a witness must be over a head of the store. */
  #witnessedBy(key: VerifierKey): readonly Witnessed[] {
    const said = Array.from(this.#reader.cosignatures()).find(({ witness }) => witness === key.name);
    if (said === undefined) return [];
    const { size, line } = said;
    for (const head of this.#reader.heads()) {
      if (head.size !== size) continue;
      const note = parseNote(noteOf(headText(head), [line]));
      const timeS = note && cosignedAt(note, key);
      if (timeS !== undefined) return [{ witness: key.name, size, at: new Date(timeS * 1_000).toISOString() }];
    }
    this.found({ kind: 'witness-unsigned', size, witness: key.name });
    return [];
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
      this.found({ kind: 'head-unsigned', size: head.size });
      return false;
    }
    this.#origin ??= head.origin;
    if (head.origin === this.#origin) return true;
    this.found({ kind: 'head-origin', size: head.size });
    return false;
  }

  /** Notes a problem; the report says it. */
  found(problem: LogProblem): void {
    this.#problemsTotal += 1;
    const index = firstLeafOf(problem);
    if (index !== undefined && (this.#firstBad === undefined || index < this.#firstBad.index)) {
      this.#firstBad = { index, why: problem.kind };
    }
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(problem);
  }
}

/** Milliseconds since 1970; NaN for a leaf that is no record. */
function timeOf(leaf: Uint8Array): number {
  try {
    return Date.parse(decodeRecord(leaf).at);
  } catch {
    return Number.NaN;
  }
}

/** Within a JSON text this sequence can stand only where the member does: inside a string its quotes would be escaped. */
function isFiledUnder(leaf: Uint8Array, key: string | undefined): boolean {
  if (key === undefined) return false;
  return Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).includes(`"exchange":${JSON.stringify(key)}`);
}
