import type { AnswerFacts, Lane, LaneLeaf } from '@sallyport/core';
import { isNull, type JsonNode, type JsonObject, memberOf, numberOf, stringOf } from '@sallyport/wire';
import type { AnswerReader, ReadableEvent } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { MemberLanes } from '../answer/member-lanes.ts';
import type { RepeatedEvents } from '../answer/repeated-events.ts';
import { COUNTED } from '../answer/template-set.ts';
import { isIdentifier } from '../fields.ts';
import { isBase64 } from '../media.ts';
import { moderationSignals } from '../openai/signals.ts';
import { callEvent, holdsResponse, isLast, mediaEvent, ownerOf, partEvent, textEvent } from './event-kinds.ts';
import { fields } from './fields.ts';
import { ItemReader } from './item-reader.ts';

/** Items that one answer may have: what has more is made to exhaust. */
const ITEMS_MAX = 4_096;
/** The group of what an event says of the stream as a whole. */
export const STREAM_GROUP = -1;
/** What stands in a record for words where an identifier belongs. */
const NO_IDENTIFIER = 'other';
const NO_TEXT = '';

/** Reads the events of a stream, or one whole answer: every text of every item goes to its lane. */
export class ResponseReader implements AnswerReader {
  readonly #book: LaneBook;
  readonly #members: MemberLanes;
  readonly #items: ItemReader;
  readonly #logprobs: boolean;
  readonly #stored = new Set<string>();
  ended = false;
  /** Only its own last event ends a stream. */
  readonly complete = false;
  /** The response as the last event that held one said it, without its output. */
  shell: Readonly<Record<string, unknown>> | undefined;
  /** The number of the last event that has one. */
  counted = -1;
  facts: AnswerFacts = {};

  constructor(book: LaneBook, { logprobs }: { readonly logprobs: boolean }) {
    this.#book = book;
    this.#logprobs = logprobs;
    this.#members = new MemberLanes({ book, fields, payloadOf });
    this.#items = new ItemReader(book, this.#members);
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#items.leaves(lane, text);
  }

  read({ node: root, data }: ReadableEvent): AnswerFacts | undefined {
    if (root.kind !== 'object') return undefined;
    const before = this.facts;
    if (root.members.some(({ key }) => fields.isDisguised(key.value))) this.#book.broken = true;
    const type = stringOf(root, 'type');
    if (type === undefined) this.#whole(root, data);
    else this.#event(root, type, data);
    return this.facts === before ? undefined : this.facts;
  }

  /** The same event again, with another text and another number. */
  again(events: RepeatedEvents): void {
    const { firstCount, lastCount, count } = events;
    this.#book.repeat(events);
    if (firstCount === undefined || lastCount === undefined) return;
    this.#book.mark({ group: STREAM_GROUP, says: COUNTED, value: firstCount, times: count });
    this.counted = lastCount;
  }

  readOther(root: JsonNode): void {
    this.#members.walk(root, { field: 'error', path: '' }, undefined);
  }

  #event(event: JsonObject, type: string, data: string): void {
    const count = numberOf(event, 'sequence_number');
    if (count !== undefined) this.#count(count);
    const group = numberOf(event, 'output_index') ?? STREAM_GROUP;
    if (!Number.isSafeInteger(group) || group < STREAM_GROUP || group >= ITEMS_MAX) {
      this.#book.broken = true;
      return;
    }
    this.ended = isLast(type);
    const at = { group, data, final: type === 'response.output_item.done' };
    if (holdsResponse(type)) this.#response(memberOf(event, 'response'), data, this.ended);
    else if (type === 'response.output_item.added' || at.final) {
      const item = memberOf(event, 'item');
      if (!at.final) this.#book.mark({ group, says: 'begin' });
      else this.#book.mark({ group, says: 'end' });
      if (item?.kind === 'object') this.#item(item, at);
    } else this.#piece(event, type, at);
    this.#rest(event, type);
    if (type === 'error') this.facts = { ...this.facts, error: true };
  }

  /** Events that say a piece of an item. */
  #piece(
    event: JsonObject,
    type: string,
    at: { readonly group: number; readonly data: string; readonly final: boolean },
  ): void {
    const { group } = at;
    const text = textEvent(type);
    const part = partEvent(type);
    const call = callEvent(type);
    const media = mediaEvent(type);
    if (text !== undefined) {
      const path = `${group}/${text.list}/${numberOf(event, text.index) ?? 0}/${text.field}`;
      const value = memberOf(event, text.says);
      if (value?.kind === 'string' && value.value !== NO_TEXT) {
        if (text.whole) this.#items.whole(value.value, { path, field: text.field, value, at });
        else {
          this.#book.mark({ group, says: 'text' });
          const lane = this.#book.lane({ id: path, group, field: text.field, recurs: true, echoed: this.#logprobs });
          this.#book.text(lane, value.value, { kind: 'literal', start: value.start, end: value.end });
        }
      }
      if (text.field === 'refusal') this.#book.signal({ type: 'refusal', score: 1, about: 'input' });
      const logprobs = memberOf(event, 'logprobs');
      if (logprobs !== undefined) this.#items.tokens(logprobs, path, group);
    } else if (part !== undefined) {
      const value = memberOf(event, 'part');
      const path = `${group}/${part.list}/${numberOf(event, part.index) ?? 0}`;
      this.#book.mark({ group, says: 'said' });
      if (value !== undefined) this.#items.part(value, path, { at });
    } else if (call !== undefined) {
      this.#items.callEvent(event, call, at);
    } else if (media !== undefined) {
      const value = memberOf(event, media.says);
      if (value !== undefined)
        this.#book.see({ kind: media.kind, at: `/${media.says}`, bytes: value.end - value.start });
    } else if (type === 'response.output_text.annotation.added') {
      this.#items.citation(
        memberOf(event, 'annotation') ?? event,
        `${group}/content/${numberOf(event, 'content_index') ?? 0}/text`,
      );
    }
  }

  /** Members of an event that its kind did not take: whatever text they hold is looked at. */
  #rest(event: JsonObject, type: string): void {
    const taken = takenBy(type);
    for (const { key, value } of event.members) {
      if (taken.has(key.value)) continue;
      const path = `${numberOf(event, 'output_index') ?? '~'}/~${type}/`;
      this.#members.add({ value, name: key.value, prefix: path, group: undefined, key });
    }
  }

  /** An answer in one piece: a response, a list of items, or what else was asked for. */
  #whole(root: JsonObject, data: string): void {
    if (stringOf(root, 'object') === 'response') this.#response(root, data, true);
    else {
      const items = memberOf(root, 'data');
      if (items?.kind === 'array') this.#list(items.items, data);
      for (const { key, value } of root.members) {
        if (key.value === 'error' && !isNull(value)) this.facts = { ...this.facts, error: true };
        if (key.value === 'data' && value.kind === 'array') continue;
        this.#members.add({ value, name: key.value, prefix: /^\d/.test(key.value) ? '~/' : '', group: undefined, key });
      }
      this.#store(stringOf(root, 'id'));
    }
  }

  #response(response: JsonNode | undefined, data: string, final: boolean): void {
    if (response?.kind !== 'object') return;
    if (response.members.some(({ key }) => fields.isDisguised(key.value))) this.#book.broken = true;
    for (const { key, value } of response.members) {
      const name = key.value;
      if (name === 'output' && value.kind === 'array') {
        if (final) this.#list(value.items, data);
        else for (const item of value.items) this.#members.walk(item, { field: 'output', path: '~output' }, undefined);
        continue;
      }
      const role = ownerOf(name);
      const as = role === undefined ? {} : { role };
      this.#members.add({ value, name, prefix: 'response/', group: undefined, key, as });
    }
    this.#identify(response);
  }

  #list(items: readonly JsonNode[], data: string): void {
    if (items.length > ITEMS_MAX) this.#book.broken = true;
    for (const [group, item] of items.entries()) {
      if (this.#book.broken) return;
      if (item.kind === 'object') this.#item(item, { group, data, final: true });
      else this.#members.walk(item, { field: 'output', path: `${group}` }, undefined);
    }
  }

  #item(item: JsonObject, at: { readonly group: number; readonly data: string; readonly final: boolean }): void {
    if (item.members.some(({ key }) => fields.isDisguised(key.value))) this.#book.broken = true;
    this.#store(stringOf(item, 'id'));
    this.#items.read(item, at);
    const content = memberOf(item, 'content');
    const refuses = content?.kind === 'array' && content.items.some((part) => stringOf(part, 'type') === 'refusal');
    if (refuses) this.#book.signal({ type: 'refusal', score: 1, about: 'input' });
  }

  #count(count: number): void {
    this.counted = count;
    this.#book.mark({ group: STREAM_GROUP, says: COUNTED, value: count });
  }

  #store(id: string | undefined): void {
    if (id === undefined || id === '' || !isIdentifier(id) || this.#stored.has(id)) return;
    this.#stored.add(id);
    this.facts = { ...this.facts, stored: [...this.#stored] };
  }

  #identify(response: JsonObject): void {
    this.#book.mark({ group: STREAM_GROUP, says: 'begin' });
    this.shell = shellOf(response);
    this.#store(stringOf(response, 'id'));
    this.#store(stringOf(memberOf(response, 'conversation'), 'id'));
    for (const name of ['id', 'model'] as const) {
      const value = stringOf(response, name) ?? '';
      if (value !== '' && fields.isStructuralInAnswer(name, value)) this.facts = { ...this.facts, [name]: value };
    }
    const status = stringOf(response, 'status');
    const reason = stringOf(memberOf(response, 'incomplete_details'), 'reason') ?? status;
    if (reason !== undefined) {
      this.facts = { ...this.facts, finishReasons: [isIdentifier(reason) ? reason : NO_IDENTIFIER] };
    }
    if (reason === 'content_filter') this.#book.signal({ type: 'filtered', score: 1, about: 'output' });
    const moderation = memberOf(response, 'moderation');
    for (const about of ['input', 'output'] as const) {
      for (const signal of moderationSignals(memberOf(memberOf(moderation, about), 'results'), about))
        this.#book.signal(signal);
    }
    const error = memberOf(response, 'error');
    if (error !== undefined && !isNull(error)) this.facts = { ...this.facts, error: true };
    this.#usage(memberOf(response, 'usage'));
  }

  #usage(usage: JsonNode | undefined): void {
    if (usage?.kind !== 'object') return;
    const counts = {
      inputTokens: numberOf(usage, 'input_tokens'),
      outputTokens: numberOf(usage, 'output_tokens'),
      cachedTokens: numberOf(memberOf(usage, 'input_tokens_details'), 'cached_tokens'),
      reasoningTokens: numberOf(memberOf(usage, 'output_tokens_details'), 'reasoning_tokens'),
    };
    const known = Object.entries(counts).filter(([, count]) => count !== undefined);
    this.facts = { ...this.facts, usage: Object.fromEntries(known) };
  }
}

/** Members of an event that were read for what they are. */
const TAKEN = new Set([
  'type',
  'sequence_number',
  'output_index',
  'content_index',
  'summary_index',
  'annotation_index',
  'item_id',
]);

const takenCache = new Map<string, ReadonlySet<string>>();

function takenBy(type: string): ReadonlySet<string> {
  let taken = takenCache.get(type);
  if (taken === undefined) {
    const says = textEvent(type)?.says ?? callEvent(type)?.says ?? mediaEvent(type)?.says;
    const own = [
      ...(says === undefined ? [] : [says]),
      ...(textEvent(type) === undefined ? [] : ['logprobs']),
      ...(partEvent(type) === undefined ? [] : ['part']),
      ...(holdsResponse(type) ? ['response'] : []),
      ...(type === 'response.output_item.added' || type === 'response.output_item.done' ? ['item'] : []),
    ];
    taken = new Set([...TAKEN, ...own]);
    // Types come from the provider: only those that are known are kept.
    if (own.length > 0) takenCache.set(type, taken);
  }
  return taken;
}

/** Pictures and sound. */
function payloadOf(text: string, field: string): 'image' | 'audio' | 'file' | undefined {
  if ((field === 'result' || field === 'partial_image_b64') && isBase64(text)) return 'image';
  return field === 'data' && isBase64(text) ? 'audio' : undefined;
}

/** What of a response a refusal takes over: its plain values, none of its texts. */
function shellOf(response: JsonObject): Readonly<Record<string, unknown>> {
  const shell: Record<string, unknown> = {};
  for (const { key, value } of response.members) {
    if (value.kind === 'number' || value.kind === 'word') shell[key.value] = value.value;
    else if (value.kind === 'string' && fields.isStructuralInAnswer(key.value, value.value))
      shell[key.value] = value.value;
  }
  return shell;
}
