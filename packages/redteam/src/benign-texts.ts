import { z } from 'zod';
import grammar from './benign-grammar.json' with { type: 'json' };
import { CARRIERS, type Carrier, type DrillCall, drillCallSchema } from './drill-case.ts';

/** A text that must get through; for a call, what is asked for and what is called. */
export interface BenignText {
  readonly id: string;
  readonly carrier: Carrier;
  readonly text: string;
  readonly call?: DrillCall | undefined;
}

const base = z.strictObject({
  id: z.string().regex(/^[a-z]+(?:-[a-z]+)*$/),
  carrier: z.enum(CARRIERS),
  /** Each with its place, or places, in braces, beside `{canary}`. */
  frames: z.array(z.string().min(1)).min(1),
});

const ruleSchema = z.union([
  base.extend({ fills: z.array(z.string().min(1)).min(1) }),
  base.extend({ pairs: z.array(z.record(z.string(), z.string().min(1))).min(1) }),
  base.extend({ calls: z.array(z.strictObject({ ask: z.string().min(1), call: drillCallSchema })).min(1) }),
]);

type Rule = z.output<typeof ruleSchema>;

const PLACE = /\{(?!canary\})[a-z]+\}/g;

/** Every frame with everything that fits into it. */
export function benignTexts(): readonly BenignText[] {
  return z.array(ruleSchema).parse(grammar).flatMap(textsOf);
}

function textsOf(rule: Rule): readonly BenignText[] {
  const { id, carrier, frames } = rule;
  const filled = frames.flatMap((frame) => filledIn(frame, rule));
  return filled.map((each, at) => ({ id: `${id}-${at + 1}`, carrier, ...each }));
}

function filledIn(frame: string, rule: Rule): readonly Pick<BenignText, 'text' | 'call'>[] {
  if ('calls' in rule) return rule.calls.map(({ ask, call }) => ({ text: frame.replace(PLACE, () => ask), call }));
  if ('pairs' in rule)
    return rule.pairs.map((pair) => ({ text: frame.replace(PLACE, (place) => pair[place.slice(1, -1)] ?? place) }));
  return rule.fills.map((fill) => ({ text: frame.replace(PLACE, () => fill) }));
}
