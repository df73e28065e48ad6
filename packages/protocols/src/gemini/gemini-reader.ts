import type { AnswerFacts, Lane, LaneLeaf, ProviderSignal } from '@sallyport/core';
import { isNull, type JsonArray, type JsonMember, type JsonNode, type JsonObject, numberOf } from '@sallyport/wire';
import type { AnswerReader, ReadableEvent } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { MemberLanes, type TextOwner } from '../answer/member-lanes.ts';
import { readTokens } from '../answer/read-logprobs.ts';
import { isIdentifier } from '../fields.ts';
import { fields, isDisguised } from './fields.ts';
import { PartReader } from './part-reader.ts';
import { ANSWER, SAYS_ELEMENT, SAYS_END } from './refusals.ts';
import { blockSignal, finishSignal, ratingSignals } from './signals.ts';
import { camelCase, memberIn, stringIn } from './spelling.ts';

/** How an answer comes: in one piece, as server-sent events, or as the elements of one JSON array. */
export type AnswerForm = 'whole' | 'sse' | 'array';

/** Candidates that one answer may have: what has more is made to exhaust. */
const CANDIDATES_MAX = 128;
/** What stands in a record for words where an identifier belongs: they are text, and records hold none. */
const NO_IDENTIFIER = 'other';
/** What the model itself says in its grounding: the rest is what a search brought in. */
const OWN_GROUNDING: ReadonlySet<string> = new Set([
  'groundingSupports',
  'webSearchQueries',
  'imageSearchQueries',
  'retrievalQueries',
]);
const BROUGHT_IN: TextOwner = { point: 'tool-result', role: 'tool', tool: 'googleSearch' };

/** Reads the events of a stream, or one whole answer: every text of every candidate goes to its lane. */
export class GeminiReader implements AnswerReader {
  readonly #book: LaneBook;
  readonly #form: AnswerForm;
  readonly #parts: PartReader;
  readonly #members: MemberLanes;
  /** Whether each candidate has ended. */
  readonly #candidates = new Map<number, boolean>();
  /** Scores of signals that were given, by what they are about: events repeat them. */
  readonly #signalled = new Map<string, number>();
  #blocked = false;
  ended = false;
  facts: AnswerFacts = {};

  constructor(book: LaneBook, { form, logprobs }: { readonly form: AnswerForm; readonly logprobs: boolean }) {
    this.#book = book;
    this.#form = form;
    this.#parts = new PartReader(book, logprobs);
    this.#members = new MemberLanes({ book, fields });
  }

  /** A stream of events has no end of its own: it is whole once every candidate has ended, or the prompt was blocked. */
  get complete(): boolean {
    if (this.#form !== 'sse') return false;
    return this.#blocked || (this.#candidates.size > 0 && [...this.#candidates.values()].every((ended) => ended));
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#parts.leaves(lane, text);
  }

  read({ node, data }: ReadableEvent): AnswerFacts | undefined {
    const before = this.facts;
    if (node.kind !== 'object' || isDisguised(node)) {
      this.#book.broken = true;
      return undefined;
    }
    this.#book.mark({ group: ANSWER, says: SAYS_ELEMENT });
    for (const member of node.members) this.#top(member, data);
    for (const candidate of this.#candidates.keys()) this.#book.turn(candidate);
    return this.facts === before ? undefined : this.facts;
  }

  /** A frame without data: the bracket that closes an array ends the answer, a comment ends nothing. */
  readBare(): AnswerFacts | undefined {
    if (this.#form === 'array') this.ended = true;
    return undefined;
  }

  readOther(root: JsonNode): void {
    this.#members.walk(root, { field: 'error', path: '' }, undefined);
  }

  #top({ key, value }: JsonMember, data: string): void {
    const name = camelCase(key.value);
    if (isNull(value)) return;
    if (name === 'candidates') this.#list(value, data);
    else {
      if (name === 'promptFeedback') this.#feedback(value);
      else if (name === 'usageMetadata') this.#usage(value);
      else if (name === 'error') this.#error();
      else if (value.kind === 'string') this.#identity(name, value.value);
      this.#members.add({ value, name: key.value, prefix: '~/', group: undefined, key });
    }
  }

  #list(candidates: JsonNode, data: string): void {
    if (candidates.kind !== 'array') {
      this.#book.broken = true;
      return;
    }
    const seen = new Set<number>();
    for (const candidate of candidates.items) {
      const index = memberIn(candidate, 'index');
      // The first one's number is zero, which is not written.
      const at = index === undefined ? 0 : index.kind === 'number' ? index.value : -1;
      const shaped = candidate.kind === 'object' && !isDisguised(candidate);
      if (!shaped || !Number.isInteger(at) || at < 0 || at >= CANDIDATES_MAX || seen.has(at)) {
        this.#book.broken = true;
        return;
      }
      seen.add(at);
      if (!this.#candidates.has(at)) this.#candidates.set(at, false);
      this.#candidate(candidate, at, data);
    }
  }

  #candidate(candidate: JsonObject, at: number, data: string): void {
    for (const member of candidate.members) {
      const { key, value } = member;
      const name = camelCase(key.value);
      if (isNull(value) || name === 'index') continue;
      if (name === 'content') this.#content(value, at, data);
      else if (name === 'groundingMetadata') this.#grounding(value, at);
      else if (name === 'logprobsResult') continue;
      else {
        if (name === 'safetyRatings') this.#signals(ratingSignals(value, 'output'));
        // Later events say it all again.
        this.#members.add({ value, name: key.value, prefix: `${at}/`, group: undefined, key });
      }
    }
    this.#logprobs(memberIn(candidate, 'logprobsResult'), at);
    const reason = memberIn(candidate, 'finishReason');
    if (reason !== undefined && !isNull(reason)) this.#finish(reason, at);
  }

  #content(content: JsonNode, at: number, data: string): void {
    const parts = memberIn(content, 'parts');
    const shaped = parts === undefined || parts.kind === 'array' || isNull(parts);
    if (content.kind !== 'object' || isDisguised(content) || !shaped) {
      this.#book.broken = true;
      return;
    }
    if (parts?.kind === 'array') for (const part of parts.items) this.#parts.read(part, at, data);
    for (const { key, value } of content.members) {
      if (value === parts) continue;
      this.#members.add({ value, name: key.value, prefix: `${at}/content/`, group: undefined, key });
    }
  }

  /** Where answers come from: addresses, titles and pieces of pages, and what of the answer they support. */
  #grounding(grounding: JsonNode, at: number): void {
    if (grounding.kind !== 'object') {
      this.#book.broken = true;
      return;
    }
    for (const { key, value } of grounding.members) {
      const as = OWN_GROUNDING.has(camelCase(key.value)) ? {} : BROUGHT_IN;
      this.#members.add({ value, name: key.value, prefix: `${at}/grounding/`, group: undefined, key, as });
    }
  }

  #logprobs(result: JsonNode | undefined, at: number): void {
    if (result === undefined || isNull(result)) return;
    const chosen = memberIn(result, 'chosenCandidates');
    if (result.kind !== 'object' || isDisguised(result)) {
      this.#book.broken = true;
      return;
    }
    if (chosen?.kind === 'array') this.#tokens(chosen, at);
    for (const { key, value } of result.members) {
      if (value === chosen && value.kind === 'array') continue;
      this.#members.add({ value, name: key.value, prefix: `${at}/logprobs/`, group: undefined, key });
    }
  }

  #tokens(list: JsonArray, at: number): void {
    readTokens({ list, group: at, lane: `${at}/text`, path: `${at}/logprobs` }, this.#book);
  }

  #finish(reason: JsonNode, at: number): void {
    if (reason.kind !== 'string') {
      this.#book.broken = true;
      return;
    }
    const word = isIdentifier(reason.value) ? reason.value : NO_IDENTIFIER;
    this.#candidates.set(at, true);
    this.#book.mark({ group: at, says: SAYS_END });
    this.#parts.end(at);
    this.facts = { ...this.facts, finishReasons: [...(this.facts.finishReasons ?? []), word].slice(-CANDIDATES_MAX) };
    const signal = finishSignal(reason.value);
    if (signal !== undefined) this.#signals([signal]);
  }

  /** What is said of the prompt: a blocked one has no answer. */
  #feedback(feedback: JsonNode): void {
    if (isDisguised(feedback)) this.#book.broken = true;
    this.#signals(ratingSignals(memberIn(feedback, 'safetyRatings'), 'input'));
    const reason = stringIn(feedback, 'blockReason');
    if (reason === undefined || reason === '' || reason === 'BLOCKED_REASON_UNSPECIFIED') return;
    this.#blocked = true;
    this.#signals([blockSignal(reason)]);
    this.facts = { ...this.facts, finishReasons: [isIdentifier(reason) ? reason : NO_IDENTIFIER] };
  }

  #signals(signals: readonly ProviderSignal[]): void {
    for (const signal of signals) {
      const id = `${signal.about} ${signal.type}`;
      if ((this.#signalled.get(id) ?? 0) >= signal.score) continue;
      this.#signalled.set(id, signal.score);
      this.#book.signal(signal);
    }
  }

  /** Each event counts the whole answer so far. */
  #usage(usage: JsonNode): void {
    const sum = (...names: readonly string[]) => {
      const counts = names.flatMap((name) => numberOf(usage, name) ?? []);
      return counts.length === 0 ? undefined : counts.reduce((total, count) => total + count, 0);
    };
    const counts = {
      inputTokens: sum('promptTokenCount', 'toolUsePromptTokenCount'),
      outputTokens: sum('candidatesTokenCount', 'thoughtsTokenCount'),
      cachedTokens: sum('cachedContentTokenCount'),
      reasoningTokens: sum('thoughtsTokenCount'),
    };
    const known = Object.entries(counts).filter(([, count]) => count !== undefined);
    if (known.length > 0) this.facts = { ...this.facts, usage: { ...this.facts.usage, ...Object.fromEntries(known) } };
  }

  #identity(name: string, value: string): void {
    if (value === '' || !fields.isStructuralInAnswer(name, value)) return;
    if (name === 'modelVersion' && value !== this.facts.model) this.facts = { ...this.facts, model: value };
    if (name === 'responseId' && value !== this.facts.id) this.facts = { ...this.facts, id: value };
  }

  /** Reported in the middle of a stream; an array is still to be closed. */
  #error(): void {
    this.facts = { ...this.facts, error: true };
    if (this.#form !== 'array') this.ended = true;
  }
}
