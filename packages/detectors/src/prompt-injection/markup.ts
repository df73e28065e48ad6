import type { Channel, Trigger } from '@sallyport/core';
import type { Mentions } from './concepts.ts';
import { standing } from './discussion.ts';
import type { Evidence } from './evidence.ts';
import ruleTable from './rules.json' with { type: 'json' };

interface MarkupRule {
  readonly id: string;
  readonly type: string;
  readonly keywords: readonly string[];
  readonly pattern: string;
  readonly exactCase?: boolean;
  /** How far before its keyword a match may begin, UTF-16 units, default 64. */
  readonly beforeChars?: number;
  readonly direct: number;
  readonly data: number;
}

const TABLE: readonly MarkupRule[] = ruleTable.markup;
const RULES = TABLE.map((rule) => ({ ...rule, expression: new RegExp(rule.pattern, rule.exactCase ? 'g' : 'gi') }));

const BEFORE_CHARS = 64;
const AFTER_CHARS = 96;

/** One trigger for each rule of markup that imitates a conversation's own. */
export const MARKUP_TRIGGERS: readonly Trigger[] = TABLE.map(({ id, keywords }) => ({ rule: id, keywords }));

/** Forged turns, headers and tags. Cost: O(hits). */
export function markupIn(
  text: string,
  about: { readonly mentions: Mentions; readonly channel: Channel; readonly hits: (rule: string) => readonly number[] },
): readonly Evidence[] {
  const found: Evidence[] = [];
  for (const rule of RULES) {
    let best: Evidence | undefined;
    for (const hit of about.hits(rule.id)) {
      const from = Math.max(0, hit - (rule.beforeChars ?? BEFORE_CHARS));
      rule.expression.lastIndex = from;
      const match = rule.expression.exec(text.slice(0, Math.min(text.length, hit + AFTER_CHARS)));
      if (match === null) continue;
      const start = match.index;
      const end = start + match[0].length;
      const factor = standing({ text, start, end }, about.mentions);
      const weight = rule[about.channel] * factor;
      if (best === undefined || weight > best.weight) {
        best = { rule: rule.id, type: rule.type, weight, standing: factor, start, end };
      }
      if (factor === 1) break;
    }
    if (best !== undefined && best.weight > 0) found.push(best);
  }
  return found;
}
