import type { AnswerFacts, Lane, LaneLeaf } from '@sallyport/core';
import { isNull, type JsonMember, type JsonNode, type JsonObject, memberOf, numberOf, stringOf } from '@sallyport/wire';
import type { AnswerReader, ReadableEvent } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { MemberLanes, type TextOwner } from '../answer/member-lanes.ts';
import type { RepeatedEvents } from '../answer/repeated-events.ts';
import { isIdentifier } from '../fields.ts';
import { BlockReader } from './block-reader.ts';
import { fields } from './fields.ts';
import { categorySignal, reasonSignal } from './signals.ts';

/** How an answer comes: in events, or as one message. */
type Carrier = 'stream' | 'whole';

/** How an answer is read. */
export interface Reading {
  readonly carrier: Carrier;
  /** The provider keeps the conversation under the answer's id. */
  readonly threaded: boolean;
}

/** The group under which marks of the message as a whole stand. */
export const MESSAGE = -1;

/** Events of the protocol (SDK 1.14.0). The SDK goes by the frame's name for some and by `type` for others: both must agree. */
const EVENTS: ReadonlySet<string> = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'ping',
  'error',
]);

const COUNTS = ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'] as const;

/** What a caller said, and the answer repeats. */
const CALLERS: TextOwner = { role: 'user' };
/** What stands in a record for words where an identifier belongs: they are text, and records hold none. */
const NO_IDENTIFIER = 'other';

/** Reads the events of a stream, one whole message, or a number of tokens. */
export class MessageReader implements AnswerReader {
  readonly #book: LaneBook;
  readonly #carrier: Carrier;
  readonly #threaded: boolean;
  readonly #members: MemberLanes;
  readonly #blocks: BlockReader;
  readonly #counts: { [name in (typeof COUNTS)[number] | 'thinking_tokens']?: number | undefined } = {};
  #begun = false;
  ended = false;
  /** Only its own last event ends a stream. */
  readonly complete = false;
  facts: AnswerFacts = {};

  constructor(book: LaneBook, { carrier, threaded }: Reading) {
    this.#book = book;
    this.#carrier = carrier;
    this.#threaded = threaded;
    this.#members = new MemberLanes({ book, fields });
    this.#blocks = new BlockReader(book, this.#members);
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#blocks.leaves(lane, text);
  }

  /** @returns what the event says about the answer and was not said before */
  read({ node: root, data, name }: ReadableEvent): AnswerFacts | undefined {
    if (root.kind !== 'object') return undefined;
    const before = this.facts;
    if (this.#isDisguised(root)) this.#book.broken = true;
    else if (this.#carrier === 'whole') this.#whole(root, data);
    else this.#event(root, { data, name });
    return this.facts === before ? undefined : this.facts;
  }

  /** The same again, with another text in the same lane. */
  again(events: RepeatedEvents): void {
    this.#book.repeat(events);
  }

  /** Every string of a value that is no message. */
  readOther(root: JsonNode): void {
    this.#members.walk(root, { field: 'error', path: '' }, undefined);
  }

  #event(root: JsonObject, { data, name }: Pick<ReadableEvent, 'data' | 'name'>): void {
    const type = stringOf(root, 'type') ?? '';
    const isKnown = EVENTS.has(type) || (name !== undefined && EVENTS.has(name));
    if (isKnown && name !== type) {
      this.#book.broken = true;
      return;
    }
    this.#rest(root, this.#read(type, root, data));
  }

  /** @returns the members that were read: the others are looked at as they stand */
  #read(type: string, root: JsonObject, data: string): readonly string[] {
    switch (type) {
      case 'message_start':
        return this.#begin(root);
      case 'content_block_start':
        return this.#block(root, data);
      case 'content_block_delta':
        this.#blocks.delta(memberOf(root, 'delta'), { index: this.#index(root), data, whole: false });
        return ['index', 'delta'];
      case 'content_block_stop':
        this.#blocks.stop(this.#index(root));
        return ['index'];
      case 'message_delta':
        return this.#finish(root);
      case 'message_stop':
        if (!this.#begun) this.#book.broken = true;
        this.ended = true;
        return [];
      case 'error':
        this.#fail();
        return [];
      default:
        return [];
    }
  }

  #begin(root: JsonObject): readonly string[] {
    const message = memberOf(root, 'message');
    // Clients differ in what they do with content that is there from the start, and with a second beginning.
    const content = memberOf(message, 'content');
    const empty = content === undefined || isNull(content) || (content.kind === 'array' && content.items.length === 0);
    if (message?.kind !== 'object' || this.#begun || !empty) this.#book.broken = true;
    else this.#message(message);
    this.#begun = true;
    this.#book.mark({ group: MESSAGE, says: 'begin' });
    return ['message'];
  }

  #block(root: JsonObject, data: string): readonly string[] {
    const place = { index: this.#index(root), data, whole: false };
    const block = this.#blocks.start(memberOf(root, 'content_block'), place);
    if (block?.type === 'fallback') this.#handover(block.node);
    return ['index', 'content_block'];
  }

  #finish(root: JsonObject): readonly string[] {
    const delta = memberOf(root, 'delta');
    if (!this.#begun || delta?.kind !== 'object') this.#book.broken = true;
    else this.#message(delta);
    const usage = memberOf(root, 'usage');
    if (usage !== undefined) this.#usage(usage);
    this.#book.mark({ group: MESSAGE, says: 'end' });
    return ['delta'];
  }

  #whole(root: JsonObject, data: string): void {
    const error = memberOf(root, 'error');
    if (stringOf(root, 'type') === 'error' || (error !== undefined && !isNull(error))) {
      this.#fail();
      this.#rest(root, []);
      return;
    }
    const content = memberOf(root, 'content');
    if (content?.kind === 'array') {
      for (const [index, item] of content.items.entries()) {
        if (this.#book.broken) return;
        const block = this.#blocks.start(item, { index, data, whole: true });
        if (block?.type === 'fallback') this.#handover(block.node);
        if (block !== undefined) this.#blocks.stop(index);
      }
    } else if (content !== undefined && !isNull(content)) this.#book.broken = true;
    const tokens = numberOf(root, 'input_tokens');
    if (tokens !== undefined) this.facts = { ...this.facts, usage: { inputTokens: tokens } };
    this.#message(root);
  }

  /** A message without its content, or what became known of it at its end. */
  #message(message: JsonObject): void {
    if (this.#isDisguised(message)) this.#book.broken = true;
    const usage = memberOf(message, 'usage');
    if (usage !== undefined) this.#usage(usage);
    this.#identify(message);
    this.#stop(message);
    for (const member of message.members) if (member.key.value !== 'content') this.#member(member, '');
  }

  #rest(root: JsonObject, taken: readonly string[]): void {
    for (const member of root.members) {
      if (!taken.includes(member.key.value)) this.#member(member, this.#carrier === 'whole' ? '' : '~event/');
    }
  }

  #member({ key, value }: JsonMember, prefix: string): void {
    const name = key.value;
    const as = name === 'stop_sequence' ? { as: CALLERS } : {};
    // A name in digits would look like a block.
    this.#members.add({ value, name, prefix: /^\d/.test(name) ? `${prefix}~/` : prefix, group: undefined, key, ...as });
  }

  #identify(message: JsonObject): void {
    const id = stringOf(message, 'id') ?? '';
    const model = stringOf(message, 'model') ?? '';
    if (id !== '' && fields.isStructuralInAnswer('id', id)) {
      this.facts = { ...this.facts, id };
      if (this.#threaded) this.#stored(id);
    }
    const container = stringOf(memberOf(message, 'container'), 'id') ?? '';
    if (container !== '' && isIdentifier(container)) this.#stored(container);
    if (model !== '' && fields.isStructuralInAnswer('model', model)) this.facts = { ...this.facts, model };
  }

  #stored(id: string): void {
    const { stored = [] } = this.facts;
    if (!stored.includes(id)) this.facts = { ...this.facts, stored: [...stored, id] };
  }

  #stop(message: JsonObject): void {
    const reason = stringOf(message, 'stop_reason');
    if (reason === undefined) return;
    this.facts = { ...this.facts, finishReasons: [isIdentifier(reason) ? reason : NO_IDENTIFIER] };
    const signal = reasonSignal(reason);
    if (signal !== undefined) this.#book.signal(signal);
    this.#category(memberOf(message, 'stop_details'));
  }

  /** Another model goes on, since the one before it refused. */
  #handover(block: JsonObject): void {
    const to = stringOf(memberOf(block, 'to'), 'model') ?? '';
    if (to !== '' && fields.isStructuralInAnswer('model', to)) this.facts = { ...this.facts, model: to };
    const trigger = memberOf(block, 'trigger');
    if (stringOf(trigger, 'type') === 'refusal') this.#book.signal({ type: 'refusal', score: 1, about: 'input' });
    this.#category(trigger);
  }

  #category(details: JsonNode | undefined): void {
    const category = stringOf(details, 'category');
    if (category !== undefined) this.#book.signal(categorySignal(category));
  }

  /** Counts come in two events, and those of the second are totals. What was read from a cache is input all the same. */
  #usage(usage: JsonNode): void {
    for (const name of COUNTS) this.#counts[name] = numberOf(usage, name) ?? this.#counts[name];
    const thinking = numberOf(memberOf(usage, 'output_tokens_details'), 'thinking_tokens');
    this.#counts.thinking_tokens = thinking ?? this.#counts.thinking_tokens;
    const { input_tokens: input, output_tokens: output, thinking_tokens: reasoning } = this.#counts;
    const { cache_creation_input_tokens: written, cache_read_input_tokens: cached } = this.#counts;
    const counts = {
      inputTokens: input === undefined ? undefined : input + (written ?? 0) + (cached ?? 0),
      outputTokens: output,
      cachedTokens: cached,
      cacheWriteTokens: written,
      reasoningTokens: reasoning,
    };
    const known = Object.entries(counts).filter(([, count]) => count !== undefined);
    this.facts = { ...this.facts, usage: Object.fromEntries(known) };
  }

  #fail(): void {
    this.ended = true;
    this.facts = { ...this.facts, error: true };
  }

  #index(root: JsonObject): number {
    const index = numberOf(root, 'index') ?? -1;
    if (!this.#begun || !Number.isSafeInteger(index) || index < 0) this.#book.broken = true;
    return index;
  }

  #isDisguised(node: JsonObject): boolean {
    return node.members.some(({ key }) => fields.isDisguised(key.value));
  }
}
