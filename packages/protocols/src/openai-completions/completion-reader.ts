import type { AnswerFacts, ProviderSignal } from '@sallyport/core';
import { isNull, type JsonNode, type JsonObject, numberOf, stringOf } from '@sallyport/wire';
import type { AnswerReader, ReadableEvent } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { MemberLanes, type TextOwner } from '../answer/member-lanes.ts';
import type { RepeatedEvents } from '../answer/repeated-events.ts';
import { isIdentifier } from '../fields.ts';
import { answerSignals, choiceSignals } from '../openai/answer-signals.ts';
import { indexOf } from '../openai/index-of.ts';
import { usageOf } from '../openai/usage.ts';
import { fields } from './fields.ts';
import type { CompletionRequest } from './parse-request.ts';
import { readTokenLists } from './read-token-lists.ts';

const DONE = '[DONE]';
/** What stands in a record for words where an identifier belongs. */
const NO_IDENTIFIER = 'other';
/** Choices that one answer may have: what has more is made to exhaust. */
const CHOICES_SEEN_MAX = 1024;

/** How an answer is read. */
export type CompletionReading = Pick<CompletionRequest, 'logprobs' | 'repeatsPrompt'>;

/** Reads chunks of a stream, or one whole completion: the text of every choice goes to its lane. */
export class CompletionReader implements AnswerReader {
  readonly #book: LaneBook;
  readonly #members: MemberLanes;
  readonly #textOwner: TextOwner;
  readonly #reasons = new Map<number, string | undefined>();
  ended = false;
  readonly complete = false;
  created: number | undefined;
  facts: AnswerFacts = {};

  constructor(book: LaneBook, { logprobs, repeatsPrompt }: CompletionReading) {
    this.#book = book;
    this.#textOwner = { role: repeatsPrompt ? 'user' : 'assistant' };
    this.#members = new MemberLanes({
      book,
      fields,
      isEchoed: (path) => logprobs && /^\d+\/text$/.test(path),
      onText: (choice) => book.mark({ group: choice, says: 'text' }),
    });
  }

  isEnd(data: string): boolean {
    return data === DONE;
  }

  leaves(): readonly [] {
    return [];
  }

  read({ node: root }: ReadableEvent): AnswerFacts | undefined {
    if (root.kind !== 'object') return undefined;
    const before = this.facts;
    for (const { key, value } of root.members) {
      const name = key.value;
      if (fields.isDisguised(name)) this.#book.broken = true;
      if (name === 'choices' && !isNull(value)) {
        if (value.kind !== 'array') this.#book.broken = true;
        else for (const [at, choice] of value.items.entries()) if (!this.#book.broken) this.#choice(choice, at);
        continue;
      }
      this.#hear(answerSignals(name, value));
      if (name === 'usage' && value.kind === 'object') this.facts = { ...this.facts, usage: usageOf(value) };
      else if (name === 'error' && !isNull(value)) this.#error();
      this.#members.add({ value, name, prefix: /^\d/.test(name) ? '~/' : '', group: undefined, key });
    }
    this.#identify(root);
    return this.facts === before ? undefined : this.facts;
  }

  again(events: RepeatedEvents): void {
    this.#book.repeat(events);
    this.#book.turn(events.group);
  }

  readOther(root: JsonNode): void {
    this.#members.walk(root, { field: 'error', path: '' }, undefined);
  }

  #identify(root: JsonObject): void {
    this.created ??= numberOf(root, 'created');
    for (const [name, fact] of [
      ['id', 'id'],
      ['model', 'model'],
      ['system_fingerprint', 'fingerprint'],
    ] as const) {
      const value = stringOf(root, name) ?? '';
      const said = fields.isStructuralInAnswer(name, value) ? value : '';
      if (said !== '' && said !== this.facts[fact]) this.facts = { ...this.facts, [fact]: said };
    }
  }

  #error(): void {
    this.ended = true;
    this.facts = { ...this.facts, error: true };
  }

  #hear(signals: readonly ProviderSignal[]): void {
    for (const signal of signals) this.#book.signal(signal);
  }

  #choice(choice: JsonNode, at: number): void {
    const index = indexOf(choice, at);
    if (index === undefined || choice.kind !== 'object' || this.#reasons.size >= CHOICES_SEEN_MAX) {
      this.#book.broken = true;
      return;
    }
    if (!this.#reasons.has(index)) {
      this.#reasons.set(index, undefined);
      this.#book.mark({ group: index, says: 'begin' });
    }
    // The text first: its tokens repeat it.
    const ordered = [...choice.members].sort((a, b) => Number(b.key.value === 'text') - Number(a.key.value === 'text'));
    for (const { key, value } of ordered) {
      const name = key.value;
      if (fields.isDisguised(name)) this.#book.broken = true;
      this.#hear(choiceSignals(name, value));
      if (name === 'logprobs' && value.kind === 'object') this.#tokens(value, index);
      else {
        const own = name === 'text' ? { prefix: `${index}/`, as: this.#textOwner } : { prefix: `${index}/~choice/` };
        this.#members.add({ ...own, value, name, group: index, key });
      }
    }
    const reason = stringOf(choice, 'finish_reason');
    if (reason !== undefined && reason !== '') this.#finish(index, reason);
    else this.#book.turn(index);
  }

  #tokens(logprobs: JsonObject, choice: number): void {
    for (const { key, value } of readTokenLists(logprobs, choice, this.#book)) {
      this.#members.add({ value, name: key.value, prefix: `${choice}/~logprobs/`, group: choice, key });
    }
  }

  #finish(index: number, reason: string): void {
    this.#reasons.set(index, isIdentifier(reason) ? reason : NO_IDENTIFIER);
    this.#book.mark({ group: index, says: 'end' });
    const ordered = [...this.#reasons].sort(([a], [b]) => a - b);
    this.facts = { ...this.facts, finishReasons: ordered.flatMap(([, said]) => said ?? []) };
    this.#book.close((lane) => lane.group === index);
  }
}
