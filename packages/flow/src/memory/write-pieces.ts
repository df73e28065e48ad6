import type { MemoryFacts, MemoryLabel, MemoryPiece, MemoryWrite } from '@sallyport/core';
import { lineOf } from '../facts/argument-flow.ts';
import { type ArgumentLeaf, argumentsOf } from '../facts/call-arguments.ts';
import type { CallScene } from '../facts/trace-argument.ts';
import { type IndexedLeaf, STANDINGS } from '../index/indexed-leaf.ts';
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

/** Neighbouring parts of one label are one run; parts that need no label are none. */
function runsOf(leaves: readonly ArgumentLeaf[], scene: WritingScene): readonly Run[] {
  const runs: Run[] = [];
  let left = WRITTEN_PARTS_MAX;
  for (const leaf of leaves) {
    if (leaf.type === 'word' || leaf.text.trim() === '') continue;
    let last: { readonly key: string; readonly run: Run } | undefined;
    for (const text of cut(leaf.text, left)) {
      left = Math.max(0, left - 1);
      const label = labelOf(text, leaf, scene);
      const key = label === undefined ? '' : JSON.stringify({ ...label, origin: { ...label.origin, line: 0 } });
      if (label === undefined) last = undefined;
      else if (last?.key === key) {
        const run: Run = { text: `${last.run.text}\n${text}`, label: last.run.label };
        runs[runs.length - 1] = run;
        last = { key, run };
      } else {
        const run = { text, label };
        runs.push(run);
        last = { key, run };
      }
    }
  }
  return runs;
}

function cut(text: string, left: number): readonly string[] {
  if (text.length <= PART_CHARS && !text.includes('\n')) return [text];
  const parts = partsOf(text);
  if (parts.length <= left) return parts;
  const apart = Math.max(0, left - 1);
  return [...parts.slice(0, apart), parts.slice(apart).join('\n')];
}

/** @returns undefined for what the user wrote, and for what nobody else could have put there */
function labelOf(text: string, leaf: ArgumentLeaf, { tracer, tainted, call }: WritingScene): MemoryLabel | undefined {
  const { source, hits } = tracer.trace(text);
  const passages = [...tracer.passages(text).keys()];
  const found = [...hits.map((hit) => hit.leaf), ...passages];
  const repeats = hits.some(({ match }) => match === 'fingerprint');
  // Words that the user wrote are theirs, also where a text has them too; of passages, each counts.
  const vouched = !repeats && (source === 'user' || source === 'trusted');
  const worst = vouched ? undefined : worstOf(found);
  if (worst !== undefined && worst.standing !== 'user') return placed(worst, { text, found });
  const held = found.find((each) => isHeld(each));
  if (held !== undefined) return placed(held, { text, found });
  if (found.length > 0 || !tainted) return undefined;
  return {
    integrity: 'untrusted',
    shape: 'free',
    readers: 'session',
    origin: { tool: call.tool, path: leaf.path, line: 1 },
  };
}

/** Only the session may read it, and the user did not write it. */
function isHeld({ readers, standing, origin }: IndexedLeaf): boolean {
  return readers === 'session' && standing !== 'user' && origin.tool !== undefined;
}

function worstOf(found: readonly IndexedLeaf[]): IndexedLeaf | undefined {
  return [...found].sort((a, b) => STANDINGS.indexOf(b.standing) - STANDINGS.indexOf(a.standing))[0];
}

function placed(
  leaf: IndexedLeaf,
  { text, found }: { readonly text: string; readonly found: readonly IndexedLeaf[] },
): MemoryLabel {
  const { integrity, shape, origin } = leaf;
  const readers = found.some((each) => isHeld(each)) ? 'session' : 'public';
  return { integrity, shape, readers, origin: { ...origin, line: lineOf(leaf, text) } };
}
