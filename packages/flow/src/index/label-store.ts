import { createHash } from 'node:crypto';
import { BoundedCache } from '@sallyport/core';
import type { FlowLimits } from '../flow-limits.ts';
import type { ToolProfile } from '../tools/tool-profile.ts';
import type { Message, ToolCall, Transcript } from '../transcript.ts';
import { delegates } from './delegates.ts';
import type { IndexedLeaf } from './indexed-leaf.ts';
import { labelMessage, type ResultSource } from './label-message.ts';
import { indexOf, type LeafIndex, mergeIndexes } from './leaf-index.ts';
import { type MessageShape, ResultPairing } from './pair-results.ts';

/** Messages, or blocks of them, that are merged into one index: a session of 500 is looked up in at most 21. */
const BLOCK_SIZE = 8;
const BLOCK_LEVELS = 2;

/** A message's labels. Two that are the same object have the same labels. */
export interface LabelledMessage {
  readonly serial: number;
  readonly leaves: readonly IndexedLeaf[];
  readonly index: LeafIndex;
  /** It holds free text that nobody here vouches for. */
  readonly tainted: boolean;
  /** The user hands over what is to be done to some text. */
  readonly delegates: boolean;
  /** It holds what a tool brought for this session alone. */
  readonly private: boolean;
}

interface Block {
  readonly serial: number;
  readonly index: LeafIndex;
}

interface KnownShape extends MessageShape {
  /** Names what a call asks, for the keys of the results that answer it. */
  readonly callKeys: ReadonlyMap<ToolCall, string>;
}

export interface LabelStoreOptions {
  readonly limits: FlowLimits;
  /** Messages and blocks of them whose labels are kept. */
  readonly maxMessages: number;
  /** Characters of labelled text that are kept, with their indexes. */
  readonly maxChars: number;
}

/**
 * Labels of messages that were seen before, and indexes of blocks of them. Everything in it can be made again from a transcript
 * and nothing else: what is forgotten costs time, never another answer.
 */
export class LabelStore {
  readonly #limits: FlowLimits;
  readonly #shapes: BoundedCache<KnownShape>;
  readonly #messages: BoundedCache<LabelledMessage>;
  readonly #blocks: BoundedCache<Block>;
  #serial = 0;

  constructor({ limits, maxMessages, maxChars }: LabelStoreOptions) {
    this.#limits = limits;
    this.#shapes = new BoundedCache({ maxEntries: maxMessages, maxWeight: maxChars });
    this.#messages = new BoundedCache({ maxEntries: maxMessages, maxWeight: maxChars });
    this.#blocks = new BoundedCache({ maxEntries: maxMessages, maxWeight: maxChars });
  }

  /** Labels every message of a transcript. Cost: what is new in it, and under a microsecond for each message that is not. */
  label(
    { messages }: Pick<Transcript, 'messages'>,
    profileFor: (call: Pick<ToolCall, 'tool' | 'arguments'>) => ToolProfile,
  ): { readonly messages: readonly LabelledMessage[]; readonly calls: readonly ToolCall[] } {
    const pairing = new ResultPairing();
    const labelled: LabelledMessage[] = [];
    const calls: ToolCall[] = [];
    const keyOf = new Map<ToolCall, string>();
    for (const ref of messages) {
      let read: Message | undefined;
      const message = (): Message => {
        read ??= ref.read();
        return read;
      };
      const shape = this.#shape(ref.key, message);
      const answered = pairing.next(shape);
      for (const call of shape.calls) {
        calls.push(call);
        keyOf.set(call, shape.callKeys.get(call) ?? '');
      }
      const sources = shape.results.map((result, at): ResultSource => {
        const call = answered[at];
        if (call !== undefined) return { call, profile: profileFor(call) };
        return result.tool === undefined ? {} : { profile: profileFor({ tool: result.tool, arguments: '{}' }) };
      });
      const pairs = sources.map(({ call, profile }) => sourceKey(call && keyOf.get(call), profile));
      labelled.push(
        this.#labelled([ref.key, ...pairs].join('|'), () => labelMessage(message(), sources, this.#limits)),
      );
    }
    return { messages: labelled, calls };
  }

  /** Indexes that together hold all leaves of the messages, oldest first. */
  indexes(messages: readonly LabelledMessage[]): readonly LeafIndex[] {
    let level: readonly Block[] = messages;
    const rest: Block[] = [];
    for (let depth = 0; depth < BLOCK_LEVELS; depth++) {
      const whole = level.length - (level.length % BLOCK_SIZE);
      rest.unshift(...level.slice(whole));
      const next: Block[] = [];
      for (let at = 0; at < whole; at += BLOCK_SIZE) next.push(this.#block(level.slice(at, at + BLOCK_SIZE)));
      level = next;
    }
    return [...level, ...rest].map(({ index }) => index);
  }

  #shape(key: string, message: () => Message): KnownShape {
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    const { role, calls, results } = message();
    const shape: KnownShape = {
      role,
      calls,
      results: results.map(({ tool, id }) => ({
        ...(tool !== undefined && { tool }),
        ...(id !== undefined && { id }),
      })),
      callKeys: new Map(calls.map((call) => [call, callKey(call)])),
    };
    const chars = calls.reduce((sum, call) => sum + call.arguments.length, 0);
    this.#shapes.set(key, shape, chars + 64);
    return shape;
  }

  #labelled(key: string, make: () => readonly IndexedLeaf[]): LabelledMessage {
    const known = this.#messages.get(key);
    if (known !== undefined) return known;
    const leaves = make();
    const made: LabelledMessage = {
      serial: this.#serial++,
      leaves,
      index: indexOf(leaves),
      tainted: leaves.some(({ standing }) => standing === 'free'),
      delegates: leaves.some(
        ({ standing, readings }) => standing === 'user' && delegates(readings[0]?.phrase.split(' ') ?? []),
      ),
      private: leaves.some(({ readers, origin }) => readers === 'session' && origin.tool !== undefined),
    };
    this.#messages.set(key, made, made.index.weight + 64);
    return made;
  }

  #block(parts: readonly Block[]): Block {
    let key = '';
    for (const { serial } of parts) key += `${serial},`;
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    const made = { serial: this.#serial++, index: mergeIndexes(parts.map(({ index }) => index)) };
    this.#blocks.set(key, made, made.index.weight + 64);
    return made;
  }
}

function callKey({ tool, arguments: given }: ToolCall): string {
  return createHash('sha256').update(`${tool.length}:${tool}`).update(given).digest('base64url');
}

/** All of a result's source that its labels depend on. */
function sourceKey(call: string | undefined, profile: ToolProfile | undefined): string {
  return `${call ?? ''}:${profile === undefined ? '' : `${profile.effect}${profile.document ? 'd' : ''}`}`;
}
