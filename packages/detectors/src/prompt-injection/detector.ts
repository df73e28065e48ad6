import type {
  Channel,
  Decoding,
  Detector,
  Finding,
  Inspection,
  Outcome,
  TextLayer,
  TextView,
  Trigger,
} from '@sallyport/core';
import type { LinearModel } from '../linear/linear-model.ts';
import { tableVersion } from '../matches/table-version.ts';
import { mentionsIn } from './concepts.ts';
import disguise from './disguise.json' with { type: 'json' };
import { type Evidence, evidenceIn } from './evidence.ts';
import {
  bundledModels,
  LEARNED_TYPE,
  type LearnedEvidence,
  type LearnedModels,
  learnedEvidence,
  trustIn,
} from './learned.ts';
import { keywordsOf, LEXICON_SCRIPTS, lexiconEntries } from './lexicon.ts';
import { MARKUP_TRIGGERS, markupIn } from './markup.ts';
import quotes from './quotes.json' with { type: 'json' };
import ruleTable from './rules.json' with { type: 'json' };
import { windowsAround } from './windows.ts';

const ID = 'prompt-injection';
const CONCEPTS = 'concepts';
/** Findings below this say nothing about one text; they are left out of records. */
const SCORE_MIN = 0.03;
const SCORE_MAX = 0.995;
/** System prompts are full of rules about prompts; a model's own earlier words are not orders. */
const SYSTEM_FACTOR = 0.06;
const ASSISTANT_FACTOR = 0.5;
/** An instruction that had to be decoded to be read was hidden. */
const DECODED_FACTOR = 1.25;

/**
 * Scores how likely a text tries to give orders to the model that reads it: in what a user types only orders to override,
 * extract or jailbreak, in data (tool results, definitions, documents) any order to the assistant. Evidence adds up and
 * is worth less where it is quoted or discussed; what the channel's model makes of the whole adds to it. The score is
 * `1 - exp(-evidence)`.
 * Cost: O(n), about 15 us per KB without triggers, 30-50 us per KB around them.
 */
export function createPromptInjectionDetector(models: LearnedModels): Detector {
  const digests = [models.direct?.digest ?? '', models.data?.digest ?? ''];
  return {
    id: ID,
    version: tableVersion(2, [ruleTable, quotes, disguise, lexiconEntries(), digests]),
    points: ['input', 'tool-result', 'tool-definition', 'ingest'],
    types: [...new Set([...ruleTable.rules, ...ruleTable.markup].map(({ type }) => type)), LEARNED_TYPE],
    scripts: LEXICON_SCRIPTS,
    cache: 'content',
    reach: { kind: 'whole' },
    triggers: triggers(),
    inspect: (view, ask) => inspectView(view, ask, models),
  };
}

/** With the models that this package carries. */
export const promptInjectionDetector: Detector = createPromptInjectionDetector(bundledModels());

function triggers(): readonly Trigger[] {
  const keywords = keywordsOf(new Set(ruleTable.triggerConcepts));
  return [{ rule: CONCEPTS, keywords, as: 'word-start' }, ...MARKUP_TRIGGERS];
}

function inspectView(view: TextView, ask: Inspection, models: LearnedModels): Outcome {
  const channel: Channel = ask.point === 'input' ? 'direct' : 'data';
  const strongest = new Map<string, Placed>();
  for (const layer of view.layers) {
    for (const evidence of evidenceOf(layer, ask, channel)) {
      const weight = evidence.weight * roleFactor(ask) * (layer.via.length > 0 ? DECODED_FACTOR : 1);
      const held = strongest.get(evidence.rule);
      // The nearer reading names the finding unless decoding shows clearly more.
      if (held === undefined || weight > held.weight * DECODED_FACTOR) {
        strongest.set(evidence.rule, { ...evidence, weight, layer });
      }
    }
  }
  const learned = learnedOf(view, ask, models[channel]);
  if (learned !== undefined) {
    const factor = standingOf(strongest.values());
    const trust = trustIn(channel, learned.line);
    for (const [rule, evidence] of strongest) strongest.set(rule, { ...evidence, weight: evidence.weight * trust });
    strongest.set(LEARNED_TYPE, { ...learned, weight: learned.weight * factor ** 2 });
  }
  return { status: 'inspected', findings: findingsOf([...strongest.values()], ask) };
}

interface Placed extends Evidence {
  readonly layer: TextLayer;
}

/**
 * A model counts words and does not see that they are quoted or spoken about: what is left of the signature that would be
 * the strongest if it were said plainly, is left of the model's word twice over, since it read the order and not its frame.
 */
function standingOf(evidence: Iterable<Evidence>): number {
  let [most, factor] = [0, 1];
  for (const { weight, standing } of evidence) {
    if (weight / standing > most) [most, factor] = [weight / standing, standing];
  }
  return factor;
}

/** What a model makes of the text. System prompts are not its subject: it has seen none in training. */
function learnedOf(
  view: TextView,
  ask: Inspection,
  model: LinearModel | undefined,
): (Placed & Pick<LearnedEvidence, 'line'>) | undefined {
  if (model === undefined || ask.origin.role === 'system') return undefined;
  const learned = learnedEvidence(view, model);
  const layer = learned && view.layers[learned.layer];
  return layer && { ...learned, weight: learned.weight * roleFactor(ask), layer };
}

function evidenceOf(layer: TextLayer, ask: Inspection, channel: Channel): readonly Evidence[] {
  const hits = ask.hits(layer, CONCEPTS);
  const markupHits = MARKUP_TRIGGERS.flatMap(({ rule }) => ask.hits(layer, rule));
  if (hits.length === 0 && markupHits.length === 0) return [];
  const places = markupHits.length === 0 ? hits : [...hits, ...markupHits].sort((a, b) => a - b);
  const mentions = mentionsIn(layer.text, windowsAround(places, layer.text.length));
  const markup = markupIn(layer.text, { mentions, channel, hits: (rule) => ask.hits(layer, rule) });
  const said = [...evidenceIn(layer.text, mentions, channel), ...markup];
  return [...said, ...disguiseOf(layer, said, channel)];
}

/** Weights of a way of writing that hides what is said. */
const DISGUISES: ReadonlyMap<Decoding, Readonly<Record<Channel, number>>> = new Map(
  Object.entries(disguise) as [Decoding, Record<Channel, number>][],
);

/** Hiding what is said weighs at most half of what is said: puzzles are written so too. */
const DISGUISE_SHARE = 0.5;

function disguiseOf({ text, via }: TextLayer, said: readonly Evidence[], channel: Channel): readonly Evidence[] {
  const most = said.reduce((strongest, { weight }) => Math.max(strongest, weight), 0);
  if (most === 0) return [];
  return via.flatMap((rule) => {
    const weight = DISGUISES.get(rule)?.[channel];
    const place = { start: 0, end: text.length };
    return weight === undefined
      ? []
      : [
          {
            rule,
            type: 'obfuscated-instruction',
            weight: Math.min(weight, most * DISGUISE_SHARE),
            standing: 1,
            ...place,
          },
        ];
  });
}

function roleFactor({ origin }: Inspection): number {
  if (origin.role === 'system') return SYSTEM_FACTOR;
  return origin.role === 'assistant' ? ASSISTANT_FACTOR : 1;
}

/**
 * One finding for each type of attack; the strongest carries the score of all evidence together. What the model adds to
 * evidence that has a name goes into that name's score.
 */
function findingsOf(all: readonly Placed[], ask: Inspection): readonly Finding[] {
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  if (scoreOf(total) < SCORE_MIN) return [];
  const named = all.filter(({ type }) => type !== LEARNED_TYPE);
  const byType = new Map<string, { sum: number; best: Placed }>();
  for (const evidence of named.length > 0 ? named : all) {
    const held = byType.get(evidence.type);
    if (held === undefined) byType.set(evidence.type, { sum: evidence.weight, best: evidence });
    else {
      held.sum += evidence.weight;
      if (evidence.weight > held.best.weight) held.best = evidence;
    }
  }
  const ranked = [...byType.entries()].sort(([, a], [, b]) => b.sum - a.sum);
  return ranked
    .map(([type, { sum, best }], rank) => findingOf(type, best, { ask, score: scoreOf(rank === 0 ? total : sum) }))
    .filter(({ score }) => score >= SCORE_MIN)
    .sort((a, b) => a.span.start - b.span.start);
}

function scoreOf(evidence: number): number {
  return Math.min(SCORE_MAX, 1 - Math.exp(-evidence));
}

function findingOf(
  type: string,
  { layer, start, end }: Placed,
  { ask, score }: { readonly ask: Inspection; readonly score: number },
): Finding {
  return {
    detector: ID,
    category: 'injection',
    type,
    score,
    span: layer.toRaw(start, end),
    via: layer.via,
    fingerprint: ask.fingerprint(layer.text.slice(start, end).toLowerCase()),
  };
}
