import type { AnswerFacts, Lane, LaneLeaf, ProviderSignal } from '@sallyport/core';
import {
  isBase64,
  isNull,
  type JsonArray,
  type JsonNode,
  type JsonObject,
  memberOf,
  numberOf,
  stringOf,
} from '@sallyport/wire';
import type { AnswerReader, ReadableEvent } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { MemberLanes } from '../answer/member-lanes.ts';
import { readTokens } from '../answer/read-logprobs.ts';
import type { RepeatedEvents } from '../answer/repeated-events.ts';
import { isIdentifier } from '../fields.ts';
import { answerSignals, choiceSignals, messageSignals } from '../openai/answer-signals.ts';
import { indexOf } from '../openai/index-of.ts';
import { usageOf } from '../openai/usage.ts';
import { withoutInputTypes } from '../openai/without-input-types.ts';
import { CallReader } from './call-reader.ts';
import { fields } from './fields.ts';

/** How an answer is read. */
export interface Reading {
  /** Log-probabilities were asked for, so that texts wait for the tokens that repeat them. */
  readonly logprobs: boolean;
  /** The member of a choice that a client of this answer reads. Where the other stands too, it is a text of its own. */
  readonly carrier: 'delta' | 'message';
}

/** What ends a stream of this protocol. */
const DONE = '[DONE]';
/** Choices that one answer may have: what has more is made to exhaust. */
const CHOICES_SEEN_MAX = 1024;

/** Reads chunks of a stream, or one whole completion: every text of every choice goes to its lane. */
export class ChatReader implements AnswerReader {
  readonly #book: LaneBook;
  readonly #carrier: Reading['carrier'];
  readonly #members: MemberLanes;
  readonly #calls: CallReader;
  /** Indexes of the choices in order, while no choice is new. */
  #ordered: readonly number[] = [];
  /** How each choice ended, by index; `undefined` while it has not. */
  readonly #reasons = new Map<number, string | undefined>();
  /** The provider reported an error in band: nothing follows it. */
  ended = false;
  /** Only its own last event ends a stream. */
  readonly complete = false;
  created: number | undefined;
  facts: AnswerFacts = {};

  constructor(book: LaneBook, { logprobs, carrier }: Reading) {
    this.#book = book;
    this.#carrier = carrier;
    this.#calls = new CallReader(book);
    this.#members = new MemberLanes({
      book,
      fields,
      payloadOf,
      isEchoed: (path) => logprobs && /^\d+\/(?:content|refusal)$/.test(path),
      onText: (choice) => book.mark({ group: choice, says: 'text' }),
    });
  }

  isEnd(data: string): boolean {
    return data === DONE;
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#calls.leaves(lane, text);
  }

  /** @returns what the chunk says about the answer and was not said before */
  read({ node: root, data }: ReadableEvent): AnswerFacts | undefined {
    if (root.kind !== 'object') return undefined;
    const before = this.facts;
    for (const { key, value } of root.members) {
      const name = key.value;
      if (fields.isDisguised(name)) this.#book.broken = true;
      if (name === 'choices' && value.kind === 'array') {
        for (const [at, choice] of value.items.entries()) if (!this.#book.broken) this.#choice(choice, at, data);
        continue;
      }
      // What only some clients take for a list of choices may hold calls that nobody decided.
      if (name === 'choices' && !isNull(value)) this.#book.broken = true;
      this.#hear(answerSignals(name, value));
      if (name === 'usage' && value.kind === 'object') this.facts = { ...this.facts, usage: usageOf(value) };
      else if (name === 'error' && !isNull(value)) this.#error();
      const texts = name === 'moderation' ? withoutInputTypes(value) : value;
      // A name in digits would look like a choice.
      this.#members.add({ value: texts, name, prefix: /^\d/.test(name) ? '~/' : '', group: undefined, key });
    }
    this.#identify(root);
    return this.facts === before ? undefined : this.facts;
  }

  /** The same again, with another text in the same lane. */
  again(events: RepeatedEvents): void {
    this.#book.repeat(events);
    this.#book.turn(events.group);
  }

  /** Every string of a value that is not a completion, such as an error's body. */
  readOther(root: JsonNode): void {
    this.#members.walk(root, { field: 'error', path: '' }, undefined);
  }

  #hear(signals: readonly ProviderSignal[]): void {
    for (const signal of signals) this.#book.signal(signal);
  }

  #identify(root: JsonObject): void {
    const { id, model, fingerprint } = this.facts;
    this.created ??= numberOf(root, 'created');
    const said = {
      id: identifierOf(root, 'id'),
      model: identifierOf(root, 'model'),
      fingerprint: identifierOf(root, 'system_fingerprint'),
    };
    if (said.id !== '' && said.id !== id) this.facts = { ...this.facts, id: said.id };
    if (said.model !== '' && said.model !== model) this.facts = { ...this.facts, model: said.model };
    if (said.fingerprint !== '' && said.fingerprint !== fingerprint) {
      this.facts = { ...this.facts, fingerprint: said.fingerprint };
    }
  }

  #error(): void {
    this.ended = true;
    this.facts = { ...this.facts, error: true };
  }

  #choice(choice: JsonNode, at: number, data: string): void {
    const index = indexOf(choice, at);
    if (index === undefined) {
      this.#book.broken = true;
      return;
    }
    if (this.#reasons.size >= CHOICES_SEEN_MAX) this.#book.broken = true;
    else if (!this.#reasons.has(index)) {
      this.#reasons.set(index, undefined);
      this.#book.mark({ group: index, says: 'begin' });
      this.#ordered = [...this.#reasons.keys()].sort((a, b) => a - b);
    }
    if (choice.kind !== 'object') {
      this.#members.walk(choice, { field: 'choices', path: `${index}` }, index);
      return;
    }
    for (const { key, value } of choice.members) {
      const name = key.value;
      if (fields.isDisguised(name)) this.#book.broken = true;
      if (name === 'logprobs' && value.kind === 'object') continue;
      this.#hear(choiceSignals(name, value));
      // `~` begins no token of a path: what stands here is never taken for the same member of the message.
      if ((name === 'delta' || name === 'message') && value.kind === 'object') {
        this.#message(value, { index, data, prefix: name === this.#carrier ? `${index}/` : `${index}/~${name}/` });
      } else this.#members.add({ value, name, prefix: `${index}/~choice/`, group: index, key });
    }
    const logprobs = memberOf(choice, 'logprobs');
    if (logprobs?.kind === 'object') this.#tokens(logprobs, index);
    const reason = stringOf(choice, 'finish_reason');
    if (reason !== undefined && reason !== '') this.#finish(index, reason);
    else this.#book.turn(index);
  }

  #finish(index: number, reason: string): void {
    if (this.#reasons.has(index)) {
      this.#reasons.set(index, isIdentifier(reason) ? reason : NO_IDENTIFIER);
      this.#book.mark({ group: index, says: 'end' });
    }
    const finishReasons = this.#ordered.flatMap((each) => this.#reasons.get(each) ?? []);
    this.facts = { ...this.facts, finishReasons };
    this.#book.close((lane) => lane.group === index);
  }

  #message(message: JsonObject, { index, data, prefix }: MessageAt): void {
    for (const { key, value } of message.members) {
      const name = key.value;
      const callsOnly = (name === 'tool_calls' || name === 'function_call') && !isNull(value);
      if (name === 'tool_calls' && value.kind === 'array') this.#callList(value, { index, data, prefix });
      else if (name === 'function_call' && value.kind === 'object') {
        this.#call(value, { id: `${prefix}function_call`, index, data });
      } else if (callsOnly || fields.isDisguised(name)) this.#book.broken = true;
      else {
        this.#hear(messageSignals(name, value));
        const apart = name === 'logprobs' ? `${prefix}~message/` : prefix;
        this.#members.add({ value, name, prefix: apart, group: index, key });
      }
    }
    if (prefix !== `${index}/`) return;
    this.#citations(memberOf(message, 'annotations'), stringOf(message, 'content'), index);
  }

  /** Citations say where in the text they stand: they move with it. Their words are read like those of any member. */
  #citations(annotations: JsonNode | undefined, content: string | undefined, choice: number): void {
    if (annotations?.kind !== 'array' || content === undefined || content === '') return;
    const numbers = annotations.items.flatMap((annotation) => {
      const citation = memberOf(annotation, 'url_citation');
      const range = [memberOf(citation, 'start_index'), memberOf(citation, 'end_index')];
      return range.flatMap((node) => (node?.kind === 'number' && Number.isSafeInteger(node.value) ? [node] : []));
    });
    const lane = this.#book.get(`${choice}/content`);
    // Only an answer that has its whole text in one piece knows where the numbers point.
    if (lane === undefined || lane.length !== content.length || numbers.length === 0) return;
    this.#book.echo(lane, { text: content, from: 0 }, { kind: 'offsets', numbers });
  }

  #callList(list: JsonArray, { index, data, prefix }: MessageAt): void {
    for (const [position, call] of list.items.entries()) {
      if (this.#book.broken) return;
      const number = this.#calls.number({ call, position, choice: index });
      const id = `${prefix}tool_calls/${number}`;
      this.#call(call, { id, index, data });
    }
  }

  #call(call: JsonNode, at: { readonly id: string; readonly index: number; readonly data: string }): void {
    this.#book.mark({ group: at.index, says: 'text' });
    const rest = this.#calls.read(call, { id: at.id, choice: at.index, data: at.data });
    for (const { key, value } of rest) {
      this.#members.add({ value, name: key.value, prefix: `${at.id}/`, group: at.index, key });
    }
  }

  #tokens(logprobs: JsonObject, choice: number): void {
    for (const { key, value } of logprobs.members) {
      const name = key.value;
      if (value.kind === 'array' && (name === 'content' || name === 'refusal')) {
        const lane = `${choice}/${name}`;
        readTokens({ list: value, group: choice, lane, path: `${choice}/logprobs/${name}` }, this.#book);
      } else this.#members.add({ value, name, prefix: `${choice}/logprobs/`, group: choice, key });
    }
  }
}

interface MessageAt {
  readonly index: number;
  readonly data: string;
  /** Of the paths of its texts. */
  readonly prefix: string;
}

/** Sound and pictures in an answer. */
function payloadOf(text: string, field: string, path: string): 'image' | 'audio' | 'file' | undefined {
  if (field === 'data' && path.endsWith('audio/data') && isBase64(text)) return 'audio';
  return field === 'b64_json' && isBase64(text) ? 'image' : undefined;
}

/** What stands in a record for words where an identifier belongs: they are text, and records hold none. */
const NO_IDENTIFIER = 'other';

function identifierOf(root: JsonObject, field: string): string {
  const value = stringOf(root, field) ?? '';
  return fields.isStructuralInAnswer(field, value) ? value : '';
}
