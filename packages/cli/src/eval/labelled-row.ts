import type { Span } from '@sallyport/core';
import heads from './heads.json' with { type: 'json' };

export const HEADS = ['injection', 'content', 'pii', 'secrets'] as const;
export type Head = (typeof HEADS)[number];

export interface LabelledSpan extends Span {
  /** The data set's own word, upper case. */
  readonly type: string;
}

/** One labelled text, in whatever of the known shapes it was written. */
export interface LabelledRow {
  readonly id: string;
  readonly text: string;
  readonly source: string;
  /** What the data set calls this sort of row; for secrets the rule that it tries. */
  readonly kind: string;
  readonly spans: readonly LabelledSpan[];
  /** What stands in the field that rows are parted by; undefined where they are not, or it has no such field. */
  readonly group: string | undefined;
  /** Whether the row is one that the head must find; undefined when it says nothing about this head. */
  readonly positive: boolean | undefined;
}

export interface RowPlace {
  /** Used where the row names no source. */
  readonly file: string;
  readonly line: number;
  readonly head: Head;
  /** Whether a labelled type is one that the detectors look for. */
  readonly supports: (type: string) => boolean;
  /** Names of fields, from the outermost in, whose value parts the rows into groups. */
  readonly by?: readonly string[];
}

/** Reads one line of a labelled file; undefined when it isn't one. Never quotes the text. */
export function parseRow(line: string, place: RowPlace): LabelledRow | undefined {
  const row = parseObject(line);
  if (row === undefined || typeof row.text !== 'string') return undefined;
  const spans = spansOf(row.spans);
  const kind = textOr(row.kind, textOr(row.rule, ''));
  return {
    id: textOr(row.id, `${place.file}:${place.line}`),
    text: row.text,
    source: textOr(row.source, place.file),
    kind,
    spans: spans ?? [],
    group: place.by === undefined ? undefined : groupOf(row, place.by),
    positive: positiveOf({ label: row.label, kind, spans }, place),
  };
}

/** Longest name of a group, in characters: beyond it a field is prose. */
const MAX_GROUP_CHARS = 80;

function groupOf(row: Record<string, unknown>, by: readonly string[]): string | undefined {
  let value: unknown = row;
  for (const name of by) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const group = String(value);
  return group === '' || group.length > MAX_GROUP_CHARS ? undefined : group;
}

function positiveOf(
  { label, kind, spans }: { label: unknown; kind: string; spans: readonly LabelledSpan[] | undefined },
  { head, supports }: RowPlace,
): boolean | undefined {
  if (spans !== undefined) return head === 'pii' ? spans.some((span) => supports(span.type)) : undefined;
  if (label === 'benign') return false;
  if (label !== 'attack' && label !== 'secret') return undefined;
  return heads[head].otherKinds.includes(kind as never) ? undefined : true;
}

function spansOf(value: unknown): readonly LabelledSpan[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { start, end, type } = entry as Record<string, unknown>;
    if (typeof start !== 'number' || typeof end !== 'number' || typeof type !== 'string') return [];
    return [{ start, end, type: type.toUpperCase() }];
  });
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}
