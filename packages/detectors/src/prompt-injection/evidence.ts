import type { Mention, Mentions } from './concepts.ts';
import { standing } from './discussion.ts';
import ruleTable from './rules.json' with { type: 'json' };

/** Weights of one rule for text that a user typed and for text that the model was only shown. */
export type Channel = 'direct' | 'data';

/** One rule that holds, with its best place. */
export interface Evidence {
  readonly rule: string;
  readonly type: string;
  readonly weight: number;
  readonly start: number;
  readonly end: number;
}

interface Rule {
  readonly id: string;
  readonly type: string;
  readonly slots: readonly string[];
  readonly gapChars: number;
  readonly free?: boolean;
  readonly direct: number;
  readonly data: number;
}

const RULES: readonly Rule[] = ruleTable.rules;

/** A sentence ends between the parts of a phrase: they belong to different statements. */
const BARRIER = /[.!?。！？](?:\s|$)|\n\s{0,8}\n/;

/** Rules that hold for the mentions of one text. Cost: O(rules + mentions · log mentions). */
export function evidenceIn(text: string, mentions: Mentions, channel: Channel): readonly Evidence[] {
  const found: Evidence[] = [];
  for (const rule of RULES) {
    const best = strongestPlace(text, mentions, rule);
    if (best === undefined) continue;
    const weight = rule[channel] * best.factor;
    if (weight > 0) found.push({ rule: rule.id, type: rule.type, weight, start: best.start, end: best.end });
  }
  return found;
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly factor: number;
}

function strongestPlace(text: string, mentions: Mentions, rule: Rule): Place | undefined {
  const lists: (readonly Mention[])[] = [];
  for (const slot of rule.slots) {
    const list = mentions.get(slot);
    if (list === undefined) return undefined;
    lists.push(list);
  }
  let best: Place | undefined;
  for (const anchor of lists[0] ?? []) {
    const span = inOrder(anchor, lists, rule) ?? inAnyOrder(anchor, lists, rule);
    if (span === undefined) continue;
    if (!rule.free && BARRIER.test(text.slice(span.start, span.end))) continue;
    const factor = standing({ text, start: span.start, end: span.end }, mentions);
    if (best === undefined || factor > best.factor) best = { ...span, factor };
    if (factor === 1) break;
  }
  return best;
}

function inOrder(anchor: Mention, lists: readonly (readonly Mention[])[], rule: Rule): Place | undefined {
  let end = anchor.end;
  for (const list of lists.slice(1)) {
    const next = firstFrom(list, end);
    if (next === undefined || next.start - end > rule.gapChars) return undefined;
    end = next.end;
  }
  return { start: anchor.start, end, factor: 1 };
}

/** English puts its words in order; many languages do not, and some rules only ask for nearness. */
function inAnyOrder(anchor: Mention, lists: readonly (readonly Mention[])[], rule: Rule): Place | undefined {
  if (lists.length === 1) return undefined;
  let { start, end } = anchor;
  let foreign = !anchor.english;
  for (const list of lists.slice(1)) {
    const near = nearest(list, { start, end, gapChars: rule.gapChars });
    if (near === undefined) return undefined;
    foreign ||= !near.english;
    start = Math.min(start, near.start);
    end = Math.max(end, near.end);
  }
  return rule.free || foreign ? { start, end, factor: 1 } : undefined;
}

function nearest(
  list: readonly Mention[],
  around: { readonly start: number; readonly end: number; readonly gapChars: number },
): Mention | undefined {
  const after = firstFrom(list, around.end);
  if (after !== undefined && after.start - around.end <= around.gapChars) return after;
  const index = indexFrom(list, around.start);
  for (let before = index - 1; before >= 0 && before >= index - 3; before -= 1) {
    const mention = list[before];
    if (mention === undefined || mention.end > around.start) continue;
    return around.start - mention.end <= around.gapChars ? mention : undefined;
  }
  return undefined;
}

function firstFrom(list: readonly Mention[], from: number): Mention | undefined {
  return list[indexFrom(list, from)];
}

/** Index of the first mention that starts at or after `from`. */
function indexFrom(list: readonly Mention[], from: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.start ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
