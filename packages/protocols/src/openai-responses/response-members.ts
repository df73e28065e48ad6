import type { AnswerFacts, ProviderSignal, Role, Unseen } from '@sallyport/core';
import { type JsonMember, type JsonNode, type JsonObject, memberOf, numberOf, stringOf } from '@sallyport/wire';
import type { LaneBook } from '../answer/lane-book.ts';
import type { ListedTexts } from '../answer/listed-texts.ts';
import { isIdentifier, isModelName } from '../fields.ts';
import { isId } from './endpoints.ts';
import { fields } from './fields.ts';
import { listedTexts } from './listed.ts';
import { responseSignals } from './signals.ts';

/** Ends of a response, as its `status` says them. */
export const ENDS: ReadonlySet<string> = new Set(['completed', 'incomplete', 'failed', 'cancelled']);
/** Whose words the members of a response are that repeat the request; all others are the provider's. */
const REPEATED: ReadonlyMap<string, Role> = new Map([
  ['instructions', 'system'],
  ['tools', 'definition'],
  ['tool_choice', 'definition'],
  ['metadata', 'user'],
  ['prompt', 'user'],
  ['prompt_cache_key', 'user'],
  ['safety_identifier', 'user'],
  ['text', 'user'],
  ['user', 'user'],
]);
/** Members that define tools or schemas. */
const GRAMMARS: ReadonlySet<string> = new Set(['tools', 'text']);

interface MembersParts {
  readonly book: LaneBook;
  readonly listed: ListedTexts;
  readonly seen: Set<string>;
  /** Whether the provider keeps the answer and its items. */
  readonly keeps: boolean;
}

/** Reads what a response, or another object that is told whole, says beside its items. A stream tells it three times. */
export class ResponseMembers {
  readonly #parts: MembersParts;
  readonly #stored = new Set<string>();
  facts: AnswerFacts = {};
  created: number | undefined;

  constructor(parts: MembersParts) {
    this.#parts = parts;
  }

  read({ key, value }: JsonMember): void {
    const name = key.value;
    const { book, listed, seen } = this.#parts;
    if (fields.isDisguised(name)) book.broken = true;
    this.hear(responseSignals(name, value));
    const see = (kind: Unseen['kind'], path: string, { start, end }: JsonNode) => {
      if (seen.has(path)) return;
      seen.add(path);
      book.see({ kind, at: `/${path}`, bytes: end - start });
    };
    const id = `response/${name}`;
    const texts = listedTexts(value, { field: name, path: id, grammar: GRAMMARS.has(name) }, see);
    listed.add({ id, field: name, role: REPEATED.get(name) ?? 'assistant' }, texts);
  }

  /** Who it is, what it cost, how it ended. */
  identify(response: JsonObject): void {
    this.created ??= numberOf(response, 'created_at');
    const [id, model] = [stringOf(response, 'id'), stringOf(response, 'model')];
    this.store(id);
    const conversation = memberOf(response, 'conversation');
    this.store(conversation?.kind === 'string' ? conversation.value : stringOf(conversation, 'id'));
    if (id !== undefined && isIdentifier(id) && id !== this.facts.id) this.facts = { ...this.facts, id };
    if (model !== undefined && isModelName(model) && model !== this.facts.model) this.facts = { ...this.facts, model };
    const usage = usageOf(memberOf(response, 'usage'));
    if (usage !== undefined) this.facts = { ...this.facts, usage };
    const status = stringOf(response, 'status');
    if (status === undefined || !ENDS.has(status)) return;
    const reason = stringOf(memberOf(response, 'incomplete_details'), 'reason');
    this.facts = { ...this.facts, finishReasons: [reason !== undefined && isIdentifier(reason) ? reason : status] };
    if (status === 'failed') this.failed();
  }

  failed(): void {
    this.facts = { ...this.facts, error: true };
  }

  /** The provider keeps something under this id. */
  store(id: string | undefined): void {
    if (this.#parts.keeps) this.storeContainer(id);
  }

  /** A container stays where it is, whatever becomes of the answer. */
  storeContainer(id: string | undefined): void {
    if (id === undefined || !isId(id) || this.#stored.has(id)) return;
    this.#stored.add(id);
    this.facts = { ...this.facts, stored: [...this.#stored] };
  }

  hear(signals: readonly ProviderSignal[]): void {
    for (const signal of signals) this.#parts.book.signal(signal);
  }
}

function usageOf(usage: JsonNode | undefined): AnswerFacts['usage'] {
  if (usage?.kind !== 'object') return undefined;
  const counts = {
    inputTokens: numberOf(usage, 'input_tokens'),
    outputTokens: numberOf(usage, 'output_tokens'),
    cachedTokens: numberOf(memberOf(usage, 'input_tokens_details'), 'cached_tokens'),
    reasoningTokens: numberOf(memberOf(usage, 'output_tokens_details'), 'reasoning_tokens'),
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined));
}
