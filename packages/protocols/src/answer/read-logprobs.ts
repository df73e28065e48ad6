import { Buffer } from 'node:buffer';
import type { LaneId } from '@sallyport/core';
import { isPlainName, type JsonArray, type JsonNode, memberOf, stringOf, walkTexts } from '@sallyport/wire';
import type { ElementCut, LaneBook } from './lane-book.ts';

/** A list of tokens with their log-probabilities, and the text lane that it should repeat. */
export interface TokenList {
  readonly list: JsonArray;
  readonly group: number;
  /** The lane's id, as it was opened first. */
  readonly lane: LaneId;
  /** Of the list, under which what it says beyond that text has its lanes. */
  readonly path: string;
  /** Where a protocol says all tokens of a text once more: whether these are all of them. */
  readonly whole?: boolean;
}

/**
 * Tokens that repeat their lane's text are an echo of it; others are a text of their own. What `bytes` spell when it
 * isn't the token, and the alternatives that were not chosen, are texts of their own too.
 */
export function readTokens(tokens: TokenList, book: LaneBook): void {
  const { list } = tokens;
  const cuts: ElementCut[] = [];
  let spelled = '';
  for (const [index, entry] of list.items.entries()) {
    const token = stringOf(entry, 'token') ?? '';
    cuts.push({ start: spelled.length, end: spelled.length + token.length, list, index });
    spelled += token;
  }
  readSpelling({ ...tokens, text: spelled, cuts }, book);
  readBytes(tokens, book);
  readAlternatives(tokens, book);
  readOthers(tokens, book);
}

/** What tokens spell, one after the other. */
export interface Spelling extends Omit<TokenList, 'list'> {
  readonly text: string;
  readonly cuts: readonly ElementCut[];
}

/**
 * Tokens that spell their lane's text repeat it. Others are a text of their own, which goes on where the tokens so far ended;
 * they stand for the text that came with them all the same: an edit of that drops them all.
 */
export function readSpelling({ lane, path, group, whole, text, cuts }: Spelling, book: LaneBook): void {
  const own = book.get(lane);
  if (whole !== false && own?.whole === text) {
    book.echo(own, { text, from: 0 }, { kind: 'elements', cuts });
    return;
  }
  if (whole === true || own?.unechoed === undefined) {
    addTokenText(book, { id: path, group, whole, text, cuts });
    return;
  }
  const { unechoed } = own;
  const from = own.length - unechoed.length;
  if (!own.tokensDiffer && unechoed.startsWith(text)) {
    book.echo(own, { text, from }, { kind: 'elements', cuts });
    own.unechoed = unechoed.slice(text.length);
    return;
  }
  // INVARIANT: once tokens and text differ, nothing later is taken for an echo unseen.
  own.tokensDiffer = true;
  own.unechoed = '';
  const all = cuts.map((cut) => ({ ...cut, start: 0, end: unechoed.length }));
  if (unechoed !== '') book.echo(own, { text: unechoed, from }, { kind: 'elements', cuts: all });
  const before = own.tail.slice(0, Math.max(0, own.tail.length - unechoed.length));
  addTokenText(book, { id: path, group, whole, text, cuts, before });
}

/** Whatever else an element says: an edit of it drops the element. */
function readOthers({ list, group, path, whole }: TokenList, book: LaneBook): void {
  const cuts: ElementCut[] = [];
  let text = '';
  for (const [index, entry] of list.items.entries()) {
    const start = text.length;
    for (const other of othersOf(entry)) text += `${other}\n`;
    if (text.length > start) cuts.push({ start, end: text.length, list, index });
  }
  addTokenText(book, { id: `${path}/others`, group, whole, text, cuts });
}

function othersOf(entry: JsonNode): readonly string[] {
  const others: string[] = [];
  const walk = (node: JsonNode, field: string) =>
    walkTexts(node, { field, path: '' }, (place) => {
      const word = place.node.kind === 'string' ? place.node.value : String(place.node.value);
      if (!(place.isKey && isPlainName(word))) others.push(word);
    });
  if (entry.kind !== 'object') {
    walk(entry, 'token');
    return others;
  }
  for (const { key, value } of entry.members) {
    const field = key.value;
    if (field === 'token' && value.kind === 'string') continue;
    if (field === 'bytes' && value.kind === 'array' && value.items.every(({ kind }) => kind === 'number')) continue;
    if (field === 'top_logprobs' && value.kind === 'array') {
      for (const alternative of value.items) others.push(...othersOf(alternative));
      continue;
    }
    if (!isPlainName(field)) others.push(field);
    walk(value, field);
  }
  return others;
}

/** Bytes that are not those of their token: tokens may be parts of characters, so they are read as one text. */
function readBytes({ list, group, path, whole }: TokenList, book: LaneBook): void {
  if (list.items.every(bytesAgree)) return;
  const bytes: number[] = [];
  for (const entry of list.items) {
    for (const byte of bytesOf(entry) ?? Buffer.from(stringOf(entry, 'token') ?? '')) bytes.push(byte);
  }
  const text = Buffer.from(bytes).toString('utf8');
  const cuts = list.items.map((_, index) => ({ start: 0, end: text.length, list, index }));
  addTokenText(book, { id: `${path}/bytes`, group, whole, text, cuts });
}

function readAlternatives({ list, group, path, whole }: TokenList, book: LaneBook): void {
  const cuts: ElementCut[] = [];
  let text = '';
  for (const entry of list.items) {
    const alternatives = memberOf(entry, 'top_logprobs');
    if (alternatives?.kind !== 'array') continue;
    const chosen = stringOf(entry, 'token');
    for (const [index, alternative] of alternatives.items.entries()) {
      const token = stringOf(alternative, 'token') ?? '';
      const agrees = bytesAgree(alternative);
      if (token === chosen && agrees) continue;
      const line = agrees ? token : `${token} ${Buffer.from(bytesOf(alternative) ?? []).toString('utf8')}`;
      cuts.push({ start: text.length, end: text.length + line.length, list: alternatives, index });
      text += `${line}\n`;
    }
  }
  addTokenText(book, { id: `${path}/top`, group, whole, text, cuts });
}

export interface OwnText {
  readonly id: LaneId;
  readonly group: number;
  readonly whole?: boolean | undefined;
  readonly text: string;
  readonly cuts: readonly ElementCut[];
  /** What went before it elsewhere: a value may be split over the two. */
  readonly before?: string;
}

/** A text of the tokens that repeats nothing: an edit of it drops the elements. */
export function addTokenText(book: LaneBook, { id, group, whole, text, cuts, before = '' }: OwnText): void {
  if (text === '') return;
  const opening = { id, group, field: 'logprobs', accompanies: true, recurs: whole !== undefined };
  const place = { kind: 'elements', cuts } as const;
  if (whole === true) {
    book.again(opening, text, place);
    return;
  }
  const lane = book.lane(opening);
  if (lane.length === 0 && before !== '') book.text(lane, before, { kind: 'context' });
  book.text(lane, text, place);
}

function bytesOf(entry: JsonNode): readonly number[] | undefined {
  const bytes = memberOf(entry, 'bytes');
  if (bytes?.kind !== 'array') return undefined;
  return bytes.items.map((item) => (item.kind === 'number' ? item.value & 0xff : 0x3f));
}

function bytesAgree(entry: JsonNode): boolean {
  const bytes = bytesOf(entry);
  return bytes === undefined || Buffer.from(bytes).equals(Buffer.from(stringOf(entry, 'token') ?? ''));
}
