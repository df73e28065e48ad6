import { isPlainName, type JsonArray, type JsonNode, type JsonObject, memberOf, walkTexts } from '@sallyport/wire';
import type { ElementCut, LaneBook } from '../answer/lane-book.ts';
import { addTokenText, readSpelling } from '../answer/read-logprobs.ts';

/** Lists of one length, an element for each token: what is dropped from one is dropped from all. */
const LISTS = ['tokens', 'token_logprobs', 'top_logprobs', 'text_offset'] as const;

/**
 * The legacy form of log-probabilities. Tokens that repeat the choice's text are an echo of it; others are a text of their
 * own, and so are the alternatives that were not chosen, and whatever else the lists hold.
 * @returns the members that are none of it, for the caller to look at
 */
export function readTokenLists(logprobs: JsonObject, choice: number, book: LaneBook): JsonObject['members'] {
  const rows = new TokenRows(logprobs);
  const path = `${choice}/logprobs`;
  const chosen = rows.text((row) => rows.chosen(row) ?? '');
  readSpelling({ ...chosen, lane: `${choice}/text`, path, group: choice }, book);
  const others = rows.text((row) => lines(rows.alternatives(row)));
  addTokenText(book, { ...others, id: `${path}/top`, group: choice });
  const odd = rows.text((row) => lines(rows.odd(row)));
  addTokenText(book, { ...odd, id: `${path}/others`, group: choice });
  return logprobs.members.filter(({ key, value }) => !(value.kind === 'array' && isList(key.value)));
}

/** The lists side by side: a row for each token. */
class TokenRows {
  readonly #lists = new Map<string, JsonArray>();
  readonly #length: number;

  constructor(logprobs: JsonObject) {
    for (const name of LISTS) {
      const list = memberOf(logprobs, name);
      if (list?.kind === 'array') this.#lists.set(name, list);
    }
    this.#length = Array.from(this.#lists.values()).reduce((most, { items }) => Math.max(most, items.length), 0);
  }

  /** What all rows say, and which of it each row does: an edit of that drops the row. */
  text(of: (row: number) => string): { readonly text: string; readonly cuts: readonly ElementCut[] } {
    const cuts: ElementCut[] = [];
    let text = '';
    for (let row = 0; row < this.#length; row += 1) {
      const start = text.length;
      text += of(row);
      if (text.length === start) continue;
      for (const list of this.#lists.values()) {
        if (row < list.items.length) cuts.push({ start, end: text.length, list, index: row });
      }
    }
    return { text, cuts };
  }

  /** The token; where only its alternatives are listed, the likeliest of them. */
  chosen(row: number): string | undefined {
    const token = this.#item('tokens', row);
    if (token !== undefined) return token.kind === 'string' ? token.value : undefined;
    let likeliest: { readonly name: string; readonly logprob: number } | undefined;
    for (const { key, value } of this.#top(row)) {
      const logprob = value.kind === 'number' ? value.value : Number.NEGATIVE_INFINITY;
      if (likeliest === undefined || logprob > likeliest.logprob) likeliest = { name: key.value, logprob };
    }
    return likeliest?.name;
  }

  alternatives(row: number): readonly string[] {
    const chosen = this.chosen(row);
    return this.#top(row).flatMap(({ key }) => (key.value === chosen ? [] : [key.value]));
  }

  /** Texts where the form has none. */
  odd(row: number): readonly string[] {
    return [
      ...[this.#item('tokens', row)].flatMap((token) => (token?.kind === 'string' ? [] : textsOf(token))),
      ...textsOf(this.#item('token_logprobs', row)),
      ...textsOf(this.#item('text_offset', row)),
      ...this.#top(row).flatMap(({ value }) => textsOf(value)),
      ...(this.#item('top_logprobs', row)?.kind === 'object' ? [] : textsOf(this.#item('top_logprobs', row))),
    ];
  }

  #item(name: (typeof LISTS)[number], row: number): JsonNode | undefined {
    return this.#lists.get(name)?.items[row];
  }

  #top(row: number): JsonObject['members'] {
    const top = this.#item('top_logprobs', row);
    return top?.kind === 'object' ? top.members : [];
  }
}

function isList(name: string): boolean {
  return LISTS.some((list) => list === name);
}

/** A line for each: they are no text together. */
function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

/** Every string in a value, and every name in it that is nobody's member name. */
function textsOf(node: JsonNode | undefined): readonly string[] {
  const texts: string[] = [];
  if (node === undefined) return texts;
  walkTexts(node, { field: 'logprobs', path: '' }, ({ node: { value }, isKey }) => {
    if (typeof value === 'string' && !(isKey && isPlainName(value))) texts.push(value);
  });
  return texts;
}
