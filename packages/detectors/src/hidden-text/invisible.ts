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
/** Zero-width characters after every letter or two: no script of these does so. */
const INTERWOVEN = new RegExp(patterns.interwoven, 'gu');
const OPEN_INTERWOVEN = new RegExp(patterns.openInterwoven, 'u');
const OPEN_RUN = new RegExp(patterns.openRun);
const OVERRIDE = new RegExp(patterns.override, 'g');
const OPEN_OVERRIDE = new RegExp(patterns.openOverride);
const OPEN_EMBEDDING = new RegExp(patterns.openEmbedding, 'g');
const PENDING_EMBEDDING = new RegExp(patterns.pendingEmbedding);
/** Scripts that join or part letters with U+200C and U+200D, and emoji that are joined by U+200D. */
const JOINING = new RegExp(patterns.joining, 'u');
const WORD_LETTER = new RegExp(patterns.wordLetter, 'u');

const OVERRIDE_CHARS = 201;
const EMBEDDING_CHARS = 257;
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
  const woven = OPEN_INTERWOVEN.exec(tail);
  const from = text.length - tail.length + Math.min(run?.index ?? tail.length, woven?.index ?? tail.length);
  const override = OPEN_OVERRIDE.exec(tail.slice(-OVERRIDE_CHARS))?.[0].length ?? 0;
  const embedding = PENDING_EMBEDDING.exec(tail.slice(-EMBEDDING_CHARS))?.[0].length ?? 0;
  return Math.min(from, text.length - Math.max(override, embedding));
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
  let doneTo = 0;
  for (const { 0: woven, index } of text.matchAll(INTERWOVEN)) {
    doneTo = index + woven.length;
    yield { type: 'zero-width-text', start: index, end: doneTo, score: 0.8 };
  }
  for (const { 0: run, index } of text.matchAll(ZERO_WIDTH_RUN)) {
    const place = { type: 'zero-width-text', start: index, end: index + run.length };
    if (run.length >= RUN_MIN && !SOFT_HYPHENS.test(run)) {
      yield { ...place, score: Math.min(0.95, 0.5 + run.length * 0.03) };
    } else if (index >= doneTo && splitsWord(text, index, run)) yield { ...place, score: 0.35 };
  }
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
