import { type JsonArray, type JsonObject, memberOf } from '@sallyport/wire';
import type { ElementCut, LaneBook } from '../answer/lane-book.ts';

/** Lists of one length, an element for each token: what is dropped from one is dropped from all. */
const LISTS = ['tokens', 'token_logprobs', 'top_logprobs', 'text_offset'] as const;

/**
 * The legacy form of log-probabilities. Tokens that repeat the choice's text are an echo of it; others are a text of their
 * own, and so are the alternatives that were not chosen.
 * @returns the members that are none of it, for the caller to look at
 */
export function readTokens(logprobs: JsonObject, choice: number, book: LaneBook): JsonObject['members'] {
  const lists = LISTS.flatMap((name) => {
    const list = memberOf(logprobs, name);
    return list?.kind === 'array' ? [list] : [];
  });
  const tokens = memberOf(logprobs, 'tokens');
  const alternatives = memberOf(logprobs, 'top_logprobs');
  if (tokens?.kind === 'array') readChosen({ tokens, lists, choice }, book);
  if (alternatives?.kind === 'array') readOthers({ alternatives, lists, choice }, book);
  return logprobs.members.filter(
    ({ key, value }) => !LISTS.some((name) => name === key.value && value.kind === 'array'),
  );
}

interface Chosen {
  readonly tokens: JsonArray;
  readonly lists: readonly JsonArray[];
  readonly choice: number;
}

function readChosen({ tokens, lists, choice }: Chosen, book: LaneBook): void {
  const cuts: ElementCut[] = [];
  let spelled = '';
  for (const [index, token] of tokens.items.entries()) {
    const start = spelled.length;
    spelled += token.kind === 'string' ? token.value : '';
    for (const list of lists) cuts.push({ start, end: spelled.length, list, index });
  }
  const own = book.get(`${choice}/text`);
  if (own?.unechoed?.startsWith(spelled)) {
    book.echo(own, { text: spelled, from: own.length - own.unechoed.length }, { kind: 'elements', cuts });
    own.unechoed = own.unechoed.slice(spelled.length);
    return;
  }
  // INVARIANT: once tokens and text differ, nothing later is taken for an echo unseen.
  if (own !== undefined) own.unechoed = undefined;
  add(book, { id: `${choice}/logprobs`, choice, text: spelled, cuts });
}

interface Others {
  readonly alternatives: JsonArray;
  readonly lists: readonly JsonArray[];
  readonly choice: number;
}

function readOthers({ alternatives, lists, choice }: Others, book: LaneBook): void {
  const cuts: ElementCut[] = [];
  let text = '';
  for (const [index, one] of alternatives.items.entries()) {
    if (one.kind !== 'object') continue;
    const start = text.length;
    for (const { key } of one.members) text += `${key.value}\n`;
    for (const list of lists) cuts.push({ start, end: text.length, list, index });
  }
  add(book, { id: `${choice}/logprobs/top`, choice, text, cuts });
}

interface OwnText {
  readonly id: string;
  readonly choice: number;
  readonly text: string;
  readonly cuts: readonly ElementCut[];
}

function add(book: LaneBook, { id, choice, text, cuts }: OwnText): void {
  if (text.trim() === '') return;
  book.text(book.lane({ id, group: choice, field: 'logprobs', accompanies: true }), text, { kind: 'elements', cuts });
}
