import { apply } from './call-lane.ts';
import type { Finding } from './detector.ts';
import { merge } from './enforce.ts';
import type { Category, Span } from './vocabulary.ts';

/** What a text holds of these leaves the gateway for nobody but the provider that it was meant for. */
const MASKED: ReadonlySet<Category> = new Set(['secrets', 'personal-data']);
const GAP = ' [...] ';

/** Whether what a finding marks is masked before somebody else sees the text. */
export function isMasked({ category }: Pick<Finding, 'category'>): boolean {
  return MASKED.has(category);
}

/** What stands in the place of a masked value. */
export function maskOf({ type }: Pick<Finding, 'type'>): string {
  return `[${type}]`;
}

export interface FoundHere {
  readonly finding: Pick<Finding, 'category' | 'type'>;
  readonly span: Span;
}

export interface ExcerptOptions {
  /** 2.. */
  readonly maxChars: number;
  /** Where to look, in a text that is too long; by default at its beginning and its end. */
  readonly around?: Span;
}

/**
 * As much of a text as may be shown, with the secrets and personal data that were found in it masked. Lone halves of surrogate pairs
 * at its edges are dropped.
 */
export function maskedExcerpt(text: string, found: readonly FoundHere[], options: ExcerptOptions): string {
  const masks = merge(
    found.flatMap(({ finding, span }) => (isMasked(finding) ? { ...span, text: maskOf(finding) } : [])),
  );
  return windowsOf(text, options)
    .map(({ start, end }) => {
      // A value that lies across an edge is masked as far as it is shown.
      const own = masks.flatMap((mask) => {
        const [from, to] = [Math.max(mask.start, start), Math.min(mask.end, end)];
        return from < to ? { start: from - start, end: to - start, text: mask.text } : [];
      });
      return apply(text.slice(start, end), own);
    })
    .join(GAP)
    .toWellFormed();
}

function windowsOf({ length }: string, { maxChars, around }: ExcerptOptions): readonly Span[] {
  if (length <= maxChars) return [{ start: 0, end: length }];
  if (around !== undefined) {
    const middle = (around.start + Math.min(around.end, around.start + maxChars)) >> 1;
    const start = Math.min(Math.max(0, middle - (maxChars >> 1)), length - maxChars);
    return [{ start, end: start + maxChars }];
  }
  const half = maxChars >> 1;
  return [
    { start: 0, end: half },
    { start: length - half, end: length },
  ];
}
