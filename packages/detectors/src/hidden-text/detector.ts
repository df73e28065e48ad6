import type { Checkpoint, Detector, Inspection, TextLayer } from '@sallyport/core';
import { findingsOf, type Match } from '../matches/layer-matches.ts';
import { tableVersion } from '../matches/table-version.ts';
import concealed from './concealed.json' with { type: 'json' };
import { concealedMarkup } from './concealed.ts';
import invisible from './invisible.json' with { type: 'json' };
import { type Hidden, invisibleText, MAX_HIDDEN_CHARS, openInvisibleFrom } from './invisible.ts';
import ruleTable from './rules.json' with { type: 'json' };
import terminal from './terminal.json' with { type: 'json' };
import { openSequenceFrom, terminalEscapes } from './terminal.ts';

const ID = 'hidden-text';
/** Findings below this are what text is made of: colours in a log. */
const SCORE_MIN = 0.15;
/** First code unit of the tag block and of the supplementary variation selectors. Half a character: no JSON file can hold it. */
const TAG_LEAD = '\udb40';
/** Where markup is data that a model reads and a person does not. Elsewhere a hidden element is the author's own page. */
const MARKUP_POINTS: ReadonlySet<Checkpoint> = new Set(['tool-result', 'ingest', 'tool-definition']);

/**
 * Finds text that a person does not see as it is: invisible characters, controls that a terminal obeys, and markup that
 * a browser hides. Invisible characters and controls are judged in the raw text alone, since decoding may remove them.
 * Cost: O(n); next to nothing without a trigger.
 */
export const hiddenTextDetector: Detector = {
  id: ID,
  version: tableVersion(1, [ruleTable, concealed, invisible, terminal]),
  points: ['input', 'output', 'tool-definition', 'tool-call', 'tool-result', 'ingest'],
  types: [
    'tag-block-text',
    'variation-selector-text',
    'zero-width-text',
    'bidi-override',
    'bidi-unbalanced',
    'terminal-escape',
    'overstrike',
    'html-hidden-text',
    'html-comment-instruction',
  ],
  cache: 'content',
  reach: { kind: 'local', maxMatchChars: MAX_HIDDEN_CHARS, lookaheadChars: 2, lookbehindChars: 512 },
  triggers: ruleTable.triggers.map(({ rule, keywords }) => ({
    rule,
    keywords: rule === 'invisible' ? [...keywords, TAG_LEAD] : keywords,
  })),
  inspect(view, ask) {
    const findings = findingsOf(view, ask, {
      detector: ID,
      category: 'hidden-text',
      find: (layer) => [...hiddenIn(layer, ask, layer === view.layers[0])],
    });
    return { status: 'inspected', findings };
  },
  pendingFrom(tail, ask) {
    const raw = tail.layers[0];
    if (raw === undefined) return tail.raw.length;
    const invisible = ask.hits(raw, 'invisible').length > 0 ? openInvisibleFrom(raw.text) : raw.text.length;
    return Math.min(invisible, openSequenceFrom(raw.text, ask.hits(raw, 'control')));
  },
};

function* hiddenIn(layer: TextLayer, ask: Inspection, raw: boolean): Generator<Match> {
  for (const hidden of allHiddenIn(layer, ask, raw)) {
    if (hidden.score >= SCORE_MIN) yield { ...hidden, value: layer.text.slice(hidden.start, hidden.end) };
  }
}

function* allHiddenIn(layer: TextLayer, ask: Inspection, raw: boolean): Generator<Hidden> {
  if (raw && ask.hits(layer, 'invisible').length > 0) yield* invisibleText(layer.text);
  if (raw) yield* terminalEscapes(layer.text, ask.hits(layer, 'control'));
  if (!MARKUP_POINTS.has(ask.point)) return;
  const hits = { styles: ask.hits(layer, 'style'), comments: ask.hits(layer, 'comment') };
  yield* concealedMarkup(layer.text, hits);
}
