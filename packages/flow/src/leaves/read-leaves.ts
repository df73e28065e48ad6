import { csvLeaves } from './csv-leaves.ts';
import { htmlLeaves } from './html-leaves.ts';
import { literalLeaves } from './literal-leaves.ts';
import type { LeafBounds, LeafReader, RawLeaf } from './raw-leaf.ts';
import { yamlLeaves } from './yaml-leaves.ts';

export const LEAF_FORMATS = ['json', 'html', 'csv', 'yaml', 'text'] as const;
export type LeafFormat = (typeof LEAF_FORMATS)[number];

export interface ReadLeaves {
  readonly format: LeafFormat;
  readonly leaves: readonly RawLeaf[];
}

/** Strictest first: what a looser format would also take is not left to it. */
const READERS: readonly (readonly [LeafFormat, LeafReader])[] = [
  ['json', literalLeaves],
  ['html', htmlLeaves],
  ['yaml', yamlLeaves],
  ['csv', csvLeaves],
];

/**
 * Takes a tool's result apart. What is in no known format, too deep or in too many pieces, is one leaf: the whole text.
 * Never throws. Cost: O(length).
 */
export function readLeaves(text: string, bounds: LeafBounds): ReadLeaves {
  for (const [format, reader] of READERS) {
    const leaves = reader(text, bounds);
    if (leaves !== undefined) return { format, leaves };
  }
  return { format: 'text', leaves: text.trim() === '' ? [] : [{ path: '', value: text.trim(), start: 0 }] };
}
