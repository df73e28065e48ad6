import patterns from './invisible.json' with { type: 'json' };

/** Something that a reader does not see, in one layer. */
export interface Hidden {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/** Longest stretch that one finding names, UTF-16 units. */
export const MAX_HIDDEN_CHARS = 1024;

const TAG_RUN = new RegExp(patterns.tagRun, 'g');
const FLAG = '\u{1f3f4}';
const CANCEL_TAG = '\u{e007f}';
const SELECTOR_RUN = new RegExp(patterns.selectorRun, 'g');
const ZERO_WIDTH_RUN = new RegExp(patterns.zeroWidthRun, 'g');
const SOFT_HYPHENS = new RegExp(patterns.softHyphens);
/** Marks of direction and break opportunities that stand in ordinary words. */
const MARKS = new RegExp(patterns.marks);
const PLAIN = new RegExp(patterns.plain, 'u');
const OPEN_RUN = new RegExp(patterns.openRun);
const OVERRIDE = new RegExp(patterns.override, 'g');
const OPEN_OVERRIDE = new RegExp(patterns.openOverride);
const OPEN_EMBEDDING = new RegExp(patterns.openEmbedding, 'g');
const PENDING_EMBEDDING = new RegExp(patterns.pendingEmbedding);
/** Scripts that join or part letters with U+200C and U+200D, and emoji that are joined by U+200D. */
const JOINING = new RegExp(patterns.joining, 'u');
const WORD_LETTER = new RegExp(patterns.wordLetter, 'u');

const OVERRIDE_CHARS = 264;
const EMBEDDING_CHARS = 257;
/** Runs in a chain from which on it is woven into a text on purpose. */
const CHAIN_MIN = 3;
/** Zero-width characters in a row that no script needs: each could be a bit. */
const RUN_MIN = 4;

/** Text that has no width or order of its own. Cost: O(n). */
export function invisibleText(text: string): readonly Hidden[] {
  return [...tags(text), ...selectors(text), ...zeroWidth(text), ...overrides(text), ...unbalanced(text)];
}

/** Start of a run of invisible characters that the text's end leaves open; its length when there is none. */
export function openInvisibleFrom(text: string): number {
  const tail = text.slice(-MAX_HIDDEN_CHARS);
  const run = OPEN_RUN.exec(tail);
  const from = text.length - tail.length + Math.min(run?.index ?? tail.length, openChainFrom(tail));
  const override = OPEN_OVERRIDE.exec(tail.slice(-OVERRIDE_CHARS))?.[0].length ?? 0;
  const embedding = PENDING_EMBEDDING.exec(tail.slice(-EMBEDDING_CHARS))?.[0].length ?? 0;
  return Math.min(from, text.length - Math.max(override, embedding));
}

/** A chain goes on when two letters at most stand behind its last run. */
function openChainFrom(tail: string): number {
  const chain = chainsIn(tail).at(-1);
  const last = chain?.at(-1);
  if (chain === undefined || last === undefined) return tail.length;
  const rest = tail.slice(last.end);
  return rest === '' || PLAIN.test(rest) ? (chain[0]?.start ?? tail.length) : tail.length;
}

function* tags(text: string): Generator<Hidden> {
  for (const match of text.matchAll(TAG_RUN)) {
    const [run] = match;
    const count = run.length / 2;
    // A flag of a region is a black flag, up to six tag letters and the cancel tag.
    const flag = text.startsWith(FLAG, match.index - 2);
    if (flag && count <= 7 && run.endsWith(CANCEL_TAG)) continue;
    const score = count >= 4 ? 0.97 : 0.7;
    yield { type: 'tag-block-text', start: match.index, end: match.index + run.length, score };
  }
}

function* selectors(text: string): Generator<Hidden> {
  for (const match of text.matchAll(SELECTOR_RUN)) {
    const [run] = match;
    const count = run.includes('\udb40') ? run.length / 2 : run.length;
    const score = count >= 6 ? 0.95 : 0.5;
    yield { type: 'variation-selector-text', start: match.index, end: match.index + run.length, score };
  }
}

function* zeroWidth(text: string): Generator<Hidden> {
  for (const chain of chainsIn(text)) {
    const first = chain[0];
    const last = chain.at(-1);
    if (first === undefined || last === undefined) continue;
    const woven = chain.length >= CHAIN_MIN;
    if (woven) yield { type: 'zero-width-text', start: first.start, end: last.end, score: 0.8 };
    for (const run of chain) {
      const score = runScore(text, run, woven);
      if (score > 0) yield { type: 'zero-width-text', ...run, score };
    }
  }
}

interface Run {
  readonly start: number;
  readonly end: number;
}

/** Runs of zero-width characters with no more than two letters between them, as long as one finding may be. */
function chainsIn(text: string): readonly (readonly Run[])[] {
  const chains: Run[][] = [];
  let chain: Run[] = [];
  for (const { 0: match, index } of text.matchAll(ZERO_WIDTH_RUN)) {
    const run = { start: index, end: index + match.length };
    const last = chain.at(-1);
    const begun = chain[0]?.start ?? index;
    if (last === undefined || !PLAIN.test(text.slice(last.end, index)) || run.end - begun > MAX_HIDDEN_CHARS) {
      chain = [];
      chains.push(chain);
    }
    chain.push(run);
  }
  return chains;
}

function runScore(text: string, { start, end }: Run, woven: boolean): number {
  const run = text.slice(start, end);
  if (run.length >= RUN_MIN && !SOFT_HYPHENS.test(run)) return Math.min(0.95, 0.5 + run.length * 0.03);
  return !woven && splitsWord(text, start, run) ? 0.35 : 0;
}

/** A zero-width character amid a word of a script that has no use for it; soft hyphens are what they are. */
function splitsWord(text: string, at: number, run: string): boolean {
  if (MARKS.test(run)) return false;
  const before = lastCharacter(text.slice(Math.max(0, at - 2), at));
  const after = text.codePointAt(at + run.length);
  if (after === undefined || JOINING.test(before)) return false;
  return WORD_LETTER.test(before) && WORD_LETTER.test(String.fromCodePoint(after));
}

function lastCharacter(text: string): string {
  return [...text].at(-1) ?? '';
}

function* overrides(text: string): Generator<Hidden> {
  for (const match of text.matchAll(OVERRIDE)) {
    const [run] = match;
    yield { type: 'bidi-override', start: match.index, end: match.index + run.length, score: 0.7 };
  }
}

/** Embeddings and isolates that are left open change the order of what follows. */
function* unbalanced(text: string): Generator<Hidden> {
  for (const { index } of text.matchAll(OPEN_EMBEDDING)) {
    yield { type: 'bidi-unbalanced', start: index, end: index + 1, score: 0.4 };
  }
}
