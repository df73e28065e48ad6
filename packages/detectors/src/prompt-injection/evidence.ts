import type { Channel } from '@sallyport/core';
import { indexFrom, type Mention, type Mentions } from './concepts.ts';
import { standing } from './discussion.ts';
import { ENGLISH } from './lexicon.ts';
import ruleTable from './rules.json' with { type: 'json' };

/** One rule that holds, with its best place. */
export interface Evidence {
  /** Rule or group of rules. */
  readonly rule: string;
  readonly type: string;
  readonly weight: number;
  /** How much of it what stands around leaves, 0..1: see `standing()`. */
  readonly standing: number;
  readonly start: number;
  readonly end: number;
}

interface Rule {
  readonly id: string;
  readonly type: string;
  readonly slots: readonly string[];
  readonly gapChars: number;
  /** Any order, and the parts may stand in several sentences. */
  readonly free?: boolean;
  /** In order, and the parts may stand in several sentences. */
  readonly across?: boolean;
  /** Of rules of one group only the strongest counts: they see the same words. */
  readonly group?: string;
  readonly direct: number;
  readonly data: number;
}

const RULES: readonly Rule[] = ruleTable.rules;

/** A sentence ends between the parts of a phrase: they belong to different statements. */
const BARRIER = /[.!?。！？](?:\s|$)|\n\s{0,8}\n/;

/** Rules that hold for the mentions of one text. Cost: O(rules + mentions · log mentions). */
export function evidenceIn(text: string, mentions: Mentions, channel: Channel): readonly Evidence[] {
  const found = new Map<string, Evidence>();
  const reader = { text, mentions, standings: new Map<number, number>() };
  for (const rule of RULES) {
    const best = strongestPlace(reader, rule);
    if (best === undefined) continue;
    const weight = rule[channel] * best.factor;
    const key = rule.group ?? rule.id;
    if (weight <= (found.get(key)?.weight ?? 0)) continue;
    found.set(key, { rule: key, type: rule.type, weight, standing: best.factor, start: best.start, end: best.end });
  }
  return [...found.values()];
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly factor: number;
}

/** One text under all rules: what stands around a phrase is looked at once. */
interface Reader {
  readonly text: string;
  readonly mentions: Mentions;
  readonly standings: Map<number, number>;
}

function standingOf({ text, mentions, standings }: Reader, { start, end }: { start: number; end: number }): number {
  const key = start * SPAN_KEY + Math.min(end - start, SPAN_KEY - 1);
  const known = standings.get(key);
  if (known !== undefined) return known;
  const factor = standing({ text, start, end }, mentions);
  standings.set(key, factor);
  return factor;
}

/** Spans of two texts of this length never share a key. */
const SPAN_KEY = 4096;

function strongestPlace(reader: Reader, rule: Rule): Place | undefined {
  const { text, mentions } = reader;
  // Most rules are out by a part of which nothing is said.
  if (!rule.slots.every((slot) => mentions.has(slot))) return undefined;
  const lists = rule.slots.map((slot) => mentions.get(slot) ?? []);
  let best: Place | undefined;
  for (const anchor of lists[0] ?? []) {
    const span = inOrder(anchor, lists, rule) ?? inAnyOrder(anchor, lists, rule);
    if (span === undefined) continue;
    if (!rule.free && !rule.across && BARRIER.test(text.slice(span.start, span.end))) continue;
    const factor = standingOf(reader, span);
    if (best === undefined || factor > best.factor) best = { ...span, factor };
    if (factor === 1) break;
  }
  return best;
}

function inOrder(anchor: Mention, lists: readonly (readonly Mention[])[], rule: Rule): Place | undefined {
  let end = anchor.end;
  let { languages } = anchor;
  for (let part = 1; part < lists.length; part += 1) {
    const next = firstFrom(lists[part] as readonly Mention[], { from: end, languages });
    if (next === undefined || next.start - end > rule.gapChars) return undefined;
    languages &= next.languages;
    end = next.end;
  }
  return { start: anchor.start, end, factor: 1 };
}

/** English puts its words in order; many languages do not, and some rules only ask for nearness. */
function inAnyOrder(anchor: Mention, lists: readonly (readonly Mention[])[], rule: Rule): Place | undefined {
  if (lists.length === 1) return undefined;
  let { start, end, languages } = anchor;
  for (let part = 1; part < lists.length; part += 1) {
    const near = nearest(lists[part] as readonly Mention[], {
      start: anchor.start,
      end: anchor.end,
      languages,
      gapChars: rule.gapChars * part,
    });
    if (near === undefined) return undefined;
    languages &= near.languages;
    start = Math.min(start, near.start);
    end = Math.max(end, near.end);
  }
  return rule.free || (languages & ~ENGLISH) !== 0 ? { start, end, factor: 1 } : undefined;
}

interface Around {
  readonly start: number;
  readonly end: number;
  readonly languages: number;
  readonly gapChars: number;
}

/** The mention nearest to a place, on either side. */
function nearest(list: readonly Mention[], { start, end, languages, gapChars }: Around): Mention | undefined {
  let closest: Mention | undefined;
  let distance = gapChars + 1;
  const after = firstFrom(list, { from: end, languages });
  if (after !== undefined && after.start - end < distance) {
    closest = after;
    distance = after.start - end;
  }
  const index = indexFrom(list, start);
  for (let before = index - 1; before >= 0 && before >= index - SKIPPED_MAX; before -= 1) {
    const mention = list[before];
    if (mention === undefined || mention.end > start || (mention.languages & languages) === 0) continue;
    return start - mention.end < distance ? mention : closest;
  }
  return closest;
}

/** Mentions of another language that are skipped before a place is given up. */
const SKIPPED_MAX = 3;

function firstFrom(
  list: readonly Mention[],
  { from, languages }: { readonly from: number; readonly languages: number },
): Mention | undefined {
  const first = indexFrom(list, from);
  for (let index = first; index <= first + SKIPPED_MAX; index += 1) {
    const mention = list[index];
    if (mention === undefined || (mention.languages & languages) !== 0) return mention;
  }
  return undefined;
}
