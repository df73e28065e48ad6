import type { Evidence } from '@sallyport/core';
import type { IndexedLeaf } from '../index/indexed-leaf.ts';
import type { LabelledMessage } from '../index/labelled-message.ts';
import type { ToolProfile } from '../tools/tool-profile.ts';
import type { Hit } from '../trace/value-tracer.ts';

const KEPT_EVIDENCE = 4;
/** Words before and after a value in which a text may ask for something to be done with it. */
const NEAR_WORDS = 40;

/** What a person is shown for a value: the worst places first, each message once. */
export function evidenceFor(hits: readonly Hit[], messages: readonly LabelledMessage[]): readonly Evidence[] {
  const worst = [...hits].sort((a, b) => RANK[b.leaf.standing] - RANK[a.leaf.standing]);
  const shown = new Map<readonly IndexedLeaf[], Evidence>();
  for (const { leaf, via, match, kind, phrase } of worst) {
    if (shown.size >= KEPT_EVIDENCE) break;
    if (shown.has(leaf.peers)) continue;
    const evidence: Evidence = {
      integrity: leaf.integrity,
      shape: leaf.shape,
      origin: { ...leaf.origin, line: leaf.origin.line + linesBefore(leaf, phrase) },
      message: messages.findLastIndex(({ leaves }) => leaves === leaf.peers),
      via,
      match,
      ...(kind !== undefined && { kind }),
    };
    shown.set(leaf.peers, evidence);
    places.set(evidence, { leaf, phrase });
  }
  return [...shown.values()];
}

const RANK = { user: 0, trusted: 1, atom: 2, free: 3 } as const;

/** Where a piece of evidence was found: evidence itself holds no content, and lives on in records. */
const places = new WeakMap<Evidence, Pick<Hit, 'leaf' | 'phrase'>>();
const EXCERPT_CHARS = 240;
const MARK = '…';

/** What stands around the value that this is evidence of, at most 240 characters; nothing once its transcript is forgotten. */
export function excerptOf(evidence: Evidence): string | undefined {
  const place = places.get(evidence);
  if (place === undefined) return undefined;
  const { text } = place.leaf;
  if (text.length <= EXCERPT_CHARS) return text;
  const from = Math.max(
    0,
    Math.min(placeOf(place.leaf, place.phrase) - EXCERPT_CHARS / 4, text.length - EXCERPT_CHARS + 2),
  );
  const excerpt = text.slice(from, from + EXCERPT_CHARS - 2).toWellFormed();
  return `${from > 0 ? MARK : ''}${excerpt}${from + excerpt.length < text.length ? MARK : ''}`;
}

/** Where the first word that a value begins with stands in the leaf's text; 0 where it can't be seen. */
function placeOf({ text }: IndexedLeaf, phrase: string): number {
  const word = phrase.trim().split(' ', 1)[0] ?? '';
  return word === '' ? 0 : Math.max(0, text.toLowerCase().indexOf(word));
}

/** Line breaks of the leaf before its first word that the value begins with. */
function linesBefore(leaf: IndexedLeaf, phrase: string): number {
  return leaf.text.slice(0, placeOf(leaf, phrase)).split('\n').length - 1;
}

/** Characters of a text by which its line is found. */
const SOUGHT_CHARS = 32;

/** The line of the document on which a part of a leaf's text begins. */
export function lineOf(leaf: IndexedLeaf, part: string): number {
  const { line } = leaf.origin;
  const at = leaf.text.indexOf(part.trim().slice(0, SOUGHT_CHARS));
  return at < 0 ? line + linesBefore(leaf, part.toLowerCase()) : line + leaf.text.slice(0, at).split('\n').length - 1;
}

/** Whether the free text that carried a value also says, near it, what the tool does. */
export function isSolicited(hits: readonly Hit[], { saidAs }: ToolProfile): boolean {
  return hits.some(({ leaf, phrase }) => leaf.standing === 'free' && saysNear(leaf, phrase, saidAs));
}

function saysNear({ readings }: IndexedLeaf, phrase: string, words: ReadonlySet<string>): boolean {
  return readings.some((reading) => {
    const at = phrase === '' ? -1 : reading.phrase.indexOf(phrase);
    if (at < 0) return phrase === '' && reading.phrase.split(' ').some((word) => words.has(word));
    const before = reading.phrase
      .slice(0, at)
      .split(' ')
      .slice(-NEAR_WORDS - 1);
    const after = reading.phrase.slice(at + phrase.length).split(' ', NEAR_WORDS);
    return before.some((word) => words.has(word)) || after.some((word) => words.has(word));
  });
}

/** The free texts whose author had a hand in a value: the text that carried it, and for a field what stands beside it. */
export function carriersOf(hits: readonly Hit[]): ReadonlySet<IndexedLeaf> {
  const carriers = new Set<IndexedLeaf>();
  for (const { leaf } of hits) {
    if (leaf.standing === 'free') carriers.add(leaf);
    if (leaf.standing !== 'atom') continue;
    for (const peer of leaf.peers) if (peer.record === leaf.record && peer.standing === 'free') carriers.add(peer);
  }
  return carriers;
}
