import {
  CHECKPOINTS,
  type Detector,
  type Finding,
  type Inspection,
  type TextLayer,
  type TextView,
} from '@sallyport/core';

/** A small detector of local reach for tests: an expression around a trigger, with a given look-behind and look-ahead. */
interface SampleRule {
  readonly id: string;
  readonly trigger: Omit<Detector['triggers'][number], 'rule'>;
  /** Global; may look behind and ahead within the reach. */
  readonly pattern: RegExp;
  /** What the end of a text looks like while a match may still come: anchored at the end. */
  readonly beginning: RegExp;
  readonly maxMatchChars: number;
  readonly lookbehindChars: number;
}

function sampleDetector(rule: SampleRule): Detector {
  return {
    id: rule.id,
    version: '1',
    types: [rule.id],
    points: CHECKPOINTS,
    cache: 'content',
    reach: {
      kind: 'local',
      maxMatchChars: rule.maxMatchChars,
      lookaheadChars: 1,
      lookbehindChars: rule.lookbehindChars,
    },
    triggers: [{ rule: rule.id, ...rule.trigger }],
    inspect: (view, ask) => ({ status: 'inspected', findings: [...findingsIn(view, rule, ask)] }),
    pendingFrom: (tail) => pendingFrom(tail, rule),
  };
}

function* findingsIn(view: TextView, rule: SampleRule, ask: Inspection): Iterable<Finding> {
  for (const layer of view.layers) {
    if (ask.hits(layer, rule.id).length === 0) continue;
    for (const match of layer.text.matchAll(rule.pattern)) yield findingOf(layer, match, { rule, ask });
  }
}

function findingOf(
  layer: TextLayer,
  match: RegExpExecArray,
  { rule, ask }: { rule: SampleRule; ask: Inspection },
): Finding {
  return {
    detector: rule.id,
    category: 'custom',
    type: rule.id,
    score: 0.9,
    span: layer.toRaw(match.index, match.index + match[0].length),
    via: layer.via,
    fingerprint: ask.fingerprint(match[0]),
  };
}

function pendingFrom(tail: TextView, rule: SampleRule): number {
  let pending = tail.raw.length;
  for (const layer of tail.layers) {
    const at = layer.growing ? layer.text.search(rule.beginning) : -1;
    if (at >= 0 && at < layer.text.length) pending = Math.min(pending, layer.toRaw(at, layer.text.length).start);
  }
  return pending;
}

/** Detectors of local reach that resemble real ones: by sign, by number, by keyword with context, by markup. */
export const SAMPLES: readonly Detector[] = [
  sampleDetector({
    id: 'mail',
    trigger: { keywords: ['@'] },
    pattern: /(?<![\w.])[\w.]{1,20}@[a-z]{1,10}\.com(?!\w)/g,
    beginning: /(?<![\w.])[\w.]{1,20}(?:@[a-z]{0,10}(?:\.c?o?m?)?)?$/,
    maxMatchChars: 40,
    lookbehindChars: 24,
  }),
  sampleDetector({
    id: 'number',
    trigger: { digits: 8 },
    pattern: /(?<!\d)\d{8}(?!\d)/g,
    beginning: /(?<!\d)\d{1,8}$/,
    maxMatchChars: 8,
    lookbehindChars: 8,
  }),
  sampleDetector({
    id: 'named',
    trigger: { keywords: ['secret'] },
    pattern: /(?<=\bsecret[ a-z]{0,12}[:=] )\w{3,12}(?!\w)/gi,
    beginning: /(?<=\bsecret[ a-z]{0,12}[:=] )\w{0,12}$/i,
    maxMatchChars: 12,
    lookbehindChars: 32,
  }),
  sampleDetector({
    id: 'image',
    trigger: { keywords: ['!['] },
    pattern: /!\[[^\]\n]{0,10}\]\([^)\n]{1,30}\)/g,
    beginning: /!(?:\[(?:[^\]\n]{0,10}(?:\](?:\([^)\n]{0,30})?)?)?)?$/,
    maxMatchChars: 50,
    lookbehindChars: 2,
  }),
];
