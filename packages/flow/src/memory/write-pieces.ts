import type { MemoryFacts, MemoryLabel, MemoryPiece, MemoryWrite } from '@sallyport/core';
import { lineOf } from '../facts/argument-flow.ts';
import { type ArgumentLeaf, argumentsOf } from '../facts/call-arguments.ts';
import type { CallScene } from '../facts/trace-argument.ts';
import { type IndexedLeaf, STANDINGS } from '../index/indexed-leaf.ts';
import { valuesIn } from '../values/values-in.ts';
import { PIECE_KEYS_MAX, partsOf, pieceKeys } from './piece-keys.ts';

/** Parts of one call that are labelled apart; what is beyond is one part, with the worst label of all in it. */
export const WRITTEN_PARTS_MAX = 256;
/** A shorter text without a break is one part. */
const PART_CHARS = 64;
/** Characters of untrusted text that are scored. */
const SCORED_CHARS = 65_536;

export interface WritingScene extends CallScene {
  /** Somebody whom nobody vouches for could write into what was read: what can't be traced may be theirs. */
  readonly tainted: boolean;
  /** How much a text looks like an instruction, 0..1000. */
  readonly textRisk: (text: string) => number;
}

export interface Written {
  readonly memory: MemoryFacts;
  readonly written?: MemoryWrite;
}

/** What a call does with a memory, and what it leaves there: each part of its arguments with the label of where that came from. */
export function writtenBy(scene: WritingScene): Written | undefined {
  const { profile, call, limits } = scene;
  if (profile.memory === undefined) return undefined;
  const { use, name, scope } = profile.memory;
  if (use === 'read') return { memory: { use, untrusted: false, risk: 0 } };
  const { leaves, truncated } = argumentsOf(call.arguments, limits);
  const runs = runsOf(leaves, scene);
  const untrusted = runs.filter(({ label }) => isUntrusted(label));
  const risky = untrusted.map(({ text }) => text).join('\n');
  const pieces = runs.map(({ text, label }): MemoryPiece => ({ keys: pieceKeys(text), label }));
  const tooMany = pieces.some(({ keys }) => keys.length > PIECE_KEYS_MAX);
  return {
    memory: {
      use,
      untrusted: untrusted.length > 0,
      risk: risky === '' ? 0 : scene.textRisk(risky.slice(0, SCORED_CHARS)),
    },
    written: {
      place: { name, scope },
      pieces: pieces.map(({ keys, label }) => ({ keys: keys.slice(0, PIECE_KEYS_MAX), label })),
      truncated: truncated || tooMany,
    },
  };
}

function isUntrusted({ integrity }: MemoryLabel): boolean {
  return integrity === 'untrusted' || integrity === 'third-party';
}

interface Run {
  readonly text: string;
  readonly label: MemoryLabel;
}

/** The parts that need a label; behind them what neighbours of one label come to together, since what is read may be laid out otherwise. */
function runsOf(leaves: readonly ArgumentLeaf[], scene: WritingScene): readonly Run[] {
  const apart: Run[] = [];
  const joined: Run[] = [];
  let left = WRITTEN_PARTS_MAX;
  for (const leaf of leaves) {
    if (leaf.type === 'word' || leaf.text.trim() === '') continue;
    const parts = cut(leaf.text, left);
    left = Math.max(0, left - parts.length);
    const labelled = parts.map((text) => ({ text, label: labelOf(text, leaf, scene) }));
    for (const { text, label } of labelled) if (label !== undefined) apart.push({ text, label });
    joined.push(...together(labelled));
  }
  return [...apart, ...joined];
}

/** Runs of several parts whose labels differ in nothing but the line. */
function together(parts: readonly { readonly text: string; readonly label: MemoryLabel | undefined }[]): Run[] {
  const runs: { text: string; label: MemoryLabel; count: number }[] = [];
  let before = '';
  for (const { text, label } of parts) {
    const key = label === undefined ? '' : JSON.stringify({ ...label, origin: { ...label.origin, line: 0 } });
    const last = runs.at(-1);
    if (label !== undefined && last !== undefined && key === before) {
      last.text += `\n${text}`;
      last.count += 1;
    } else if (label !== undefined) runs.push({ text, label, count: 1 });
    before = key;
  }
  return runs.filter(({ count }) => count > 1).map(({ text, label }) => ({ text, label }));
}

function cut(text: string, left: number): readonly string[] {
  if (text.length <= PART_CHARS && !text.includes('\n')) return [text];
  const parts = partsOf(text);
  if (parts.length <= left) return parts;
  const apart = Math.max(0, left - 1);
  return [...parts.slice(0, apart), parts.slice(apart).join('\n')];
}

/** Addresses and the like in one part that are traced by themselves. */
const VALUES_TRACED = 16;
/** Share of a part that has to repeat the user's words so that it is theirs. */
const OWN_SHARE = 0.9;

/** @returns undefined for what the user wrote, and for what nobody else could have put there */
function labelOf(text: string, leaf: ArgumentLeaf, { tracer, tainted, call }: WritingScene): MemoryLabel | undefined {
  const whole = tracer.trace(text);
  const values = valuesIn(text).slice(0, VALUES_TRACED);
  const traced = [whole, ...values.map(({ start, end }) => tracer.trace(text.slice(start, end)))];
  const passages = tracer.passages(text);
  const own = Math.max(0, ...Array.from(passages, ([each, share]) => (isVouched(each) ? share : 0)));
  const repeats = whole.hits.some(({ match }) => match === 'fingerprint');
  const found = [...traced.flatMap(({ hits }) => hits.map((hit) => hit.leaf)), ...passages.keys()];
  // Words that the user wrote are theirs, also where a text has them too; so is what only repeats them.
  const vouched =
    traced.every(({ source }) => source === 'user' || source === 'trusted') && (!repeats || own >= OWN_SHARE);
  const [worst] = vouched ? [] : found.filter((each) => !isVouched(each)).sort(byStanding);
  const placedAt = worst ?? found.find(isHeld);
  if (placedAt !== undefined) return placed(placedAt, { text, found });
  if (vouched || !tainted) return undefined;
  return {
    integrity: 'untrusted',
    shape: 'free',
    readers: 'session',
    origin: { tool: call.tool, path: leaf.path, line: 1 },
  };
}

function isVouched({ standing }: IndexedLeaf): boolean {
  return standing === 'user' || standing === 'trusted';
}

/** The worst first. */
function byStanding(a: IndexedLeaf, b: IndexedLeaf): number {
  return STANDINGS.indexOf(b.standing) - STANDINGS.indexOf(a.standing);
}

/** Only the session may read it, and the user did not write it. */
function isHeld({ readers, standing, origin }: IndexedLeaf): boolean {
  return readers === 'session' && standing !== 'user' && origin.tool !== undefined;
}

function placed(
  leaf: IndexedLeaf,
  { text, found }: { readonly text: string; readonly found: readonly IndexedLeaf[] },
): MemoryLabel {
  const { integrity, shape, origin } = leaf;
  const readers = found.some((each) => isHeld(each)) ? 'session' : 'public';
  return { integrity, shape, readers, origin: { ...origin, line: lineOf(leaf, text) } };
}
