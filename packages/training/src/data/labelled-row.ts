import type { Channel } from '../generators/generated-row.ts';
import channels from './channels.json' with { type: 'json' };
import kin from './kin.json' with { type: 'json' };

/** One text that a model is trained on or measured with. */
export interface LabelledRow {
  readonly id: string;
  readonly text: string;
  readonly attack: boolean;
  readonly kind: string;
  readonly source: string;
  /** Sources that share texts; they are held out together. */
  readonly group: string;
  /** One wrapper of a synthetic source; undefined elsewhere. */
  readonly style?: string;
  /** Where the attack itself stands in the text, when the source says so. */
  readonly payload?: string;
  /** Set apart for measuring: never trained on. */
  readonly apart: boolean;
  /** Written by the generators. */
  readonly generated: boolean;
}

const KIN: Readonly<Record<string, string>> = kin;
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;
const UINT32 = 2 ** 32;

/** A row of a data folder as a row of one channel; undefined when it is of another, or no such row. */
export function labelledRow(value: unknown, channel: Channel): LabelledRow | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, text, kind, source, meta } = value as Readonly<Record<string, unknown>>;
  if (![id, text, kind, source].every((part) => typeof part === 'string')) return undefined;
  const row = { id: id as string, text: text as string, kind: kind as string, source: source as string };
  const { attack, benign, apart } = channels[channel];
  const isAttack = attack.includes(row.kind);
  if (!isAttack && !benign.includes(row.kind)) return undefined;
  const share = (apart as Readonly<Record<string, number>>)[row.kind] ?? 0;
  const { style, payload } = (meta ?? {}) as Readonly<Record<string, unknown>>;
  return {
    ...row,
    attack: isAttack,
    group: KIN[row.source] ?? row.source,
    ...(typeof style === 'string' && { style }),
    ...(typeof payload === 'string' && payload !== '' && { payload }),
    apart: !isAttack && drawnOf(row.id) < share,
    generated: false,
  };
}

/** A number of 0..1 that depends on a name alone. */
export function drawnOf(name: string): number {
  let hash = HASH_START;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), HASH_FACTOR);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) / UINT32;
}
