import type { Detector, Finding, Inspection, Outcome, TextLayer, TextView } from '@sallyport/core';
import { tableVersion } from '../matches/table-version.ts';
import modelFile from './content-model.json' with { type: 'json' };
import { ContentModel, type Judgement } from './content-model.ts';
import { CONTENT_TYPES, type ContentType } from './content-types.ts';
import type { Chunk } from './features.ts';
import { LEXICON_TABLES } from './lexicon.ts';
import { CONTENT_TRIGGERS } from './trigger-words.ts';
import tuning from './tuning.json' with { type: 'json' };
import needs from './type-needs.json' with { type: 'json' };
import { speaksOf } from './type-needs.ts';

const ID = 'content';
/** Scores below this say nothing about one text; they are left out of records. */
const SCORE_MIN = 0.1;
const SCORE_MAX = 0.995;
/** Some three stretches: a stream is judged while it runs, and no more of it is kept. */
const WINDOW_CHARS = 1_600;

const model = new ContentModel(modelFile);

/**
 * Scores how likely a text is harmful content of each of sixteen types: what its lexicon's concepts say in which order and
 * standing, judged by a linear model. Runs on what users say and what models answer.
 * Cost: O(n); where no trigger fires nothing but the shared scan, around one some ten times what `hidden-text` takes.
 */
export const contentDetector: Detector = {
  id: ID,
  version: tableVersion(2, [modelFile, tuning, needs, LEXICON_TABLES, CONTENT_TRIGGERS]),
  points: ['input', 'output'],
  types: CONTENT_TYPES,
  cache: 'content',
  reach: { kind: 'window', windowChars: WINDOW_CHARS, strideChars: WINDOW_CHARS / 2 },
  triggers: CONTENT_TRIGGERS,
  inspect: inspectView,
};

function inspectView(view: TextView, ask: Inspection): Outcome {
  // What an operator wrote is no content of a user: rules of conduct name all that is forbidden.
  if (ask.origin.role === 'system') return { status: 'inspected', findings: [] };
  const strongest = new Map<ContentType, Finding>();
  for (const layer of view.layers) {
    for (const judgement of model.judge(layer.text, (rule) => ask.hits(layer, rule))) {
      if (judgement.score < SCORE_MIN || !speaksOf(judgement.type, judgement.chunk.mentions)) continue;
      const held = strongest.get(judgement.type);
      if (held === undefined || judgement.score > held.score) {
        strongest.set(judgement.type, findingOf(judgement, layer, ask));
      }
    }
  }
  return { status: 'inspected', findings: [...strongest.values()].sort((a, b) => a.span.start - b.span.start) };
}

function findingOf({ type, score, chunk }: Judgement, layer: TextLayer, ask: Inspection): Finding {
  const { start, end } = said(chunk);
  return {
    detector: ID,
    category: 'content',
    type,
    score: Math.min(SCORE_MAX, score),
    span: layer.toRaw(start, end),
    via: layer.via,
    fingerprint: ask.fingerprint(layer.text.slice(start, end).toLowerCase()),
  };
}

/** From the first thing that was spoken of to the last. */
function said({ mentions }: Chunk): { readonly start: number; readonly end: number } {
  return {
    start: Math.min(...mentions.map(({ start }) => start)),
    end: Math.max(...mentions.map(({ end }) => end)),
  };
}
