import { createHash } from 'node:crypto';
import { BoundedCache, type MessageRef, type ToolCall, type ToolDefinition, type Transcript } from '@sallyport/core';
import { canonicalJson } from '@sallyport/wire';
import type { FlowLimits } from '../flow-limits.ts';
import type { ToolProfile } from '../tools/tool-profile.ts';
import { delegates } from './delegates.ts';
import { BLOCK_MESSAGES, IndexBlock } from './index-block.ts';
import { labelMessage, type MessageReading, type ResultSource } from './label-message.ts';
import type { LabelledMessage } from './labelled-message.ts';
import { LeafIndex } from './leaf-index.ts';
import type { DocumentMarker } from './marked-documents.ts';
import { pairResults } from './pair-results.ts';
import { Walks } from './walks.ts';

/** A transcript up to a message: what the labels of the next one depend on. */
interface Prefix {
  /** Names everything up to here. */
  readonly serial: string;
  readonly message: LabelledMessage;
  /** Calls that wait for their results. */
  readonly open: readonly ToolCall[];
  /** Where 32 messages are complete: these. */
  readonly block?: IndexBlock;
}

/** The labels of a transcript. */
export interface Labelled {
  readonly messages: readonly LabelledMessage[];
  /** Blocks of 32 messages from the first on; the messages after the last whole one are in none. */
  readonly blocks: readonly IndexBlock[];
}

export interface LabelStoreOptions {
  readonly limits: FlowLimits;
  readonly markers: readonly DocumentMarker[];
  /** Messages whose labels are kept. */
  readonly maxMessages: number;
  /** Characters of labelled text that are kept, with their indexes. */
  readonly maxChars: number;
}

/** The rough size of what is kept of a message, in characters. */
function weightOf({ message, block }: Prefix): number {
  return message.index.weight + (block?.weight ?? 0) + 256;
}

type ProfileFor = (call: Pick<ToolCall, 'tool' | 'arguments'>) => ToolProfile;

/**
 * Labels of messages that were seen before, each after what stood before it. Everything in it can be made again from a transcript
 * and nothing else: what is forgotten costs time, never another answer.
 */
export class LabelStore {
  readonly #reading: MessageReading;
  readonly #prefixes: BoundedCache<Prefix>;
  readonly #walks: Walks<Prefix>;
  readonly #toolKeys = new WeakMap<readonly ToolDefinition[], string>();
  #serial = 0;

  constructor({ limits, markers, maxMessages, maxChars }: LabelStoreOptions) {
    this.#reading = { limits, markers };
    this.#prefixes = new BoundedCache({ maxEntries: maxMessages, maxWeight: maxChars / 2 });
    this.#walks = new Walks<Prefix>({ maxEntries: maxMessages, maxWeight: maxChars / 2 });
  }

  /**
   * Labels every message of a transcript. Cost: what is new in it; some 20 ns for each message of a transcript that goes on with one
   * that was labelled lately, and under a microsecond for each other message that is known.
   */
  label({ messages, tools }: Transcript, profileFor: ProfileFor): Labelled {
    const tool = this.#toolKey(tools);
    const walked = this.#walks.before(tool, messages);
    const labelled = [...(walked?.messages ?? [])];
    const blocks = [...(walked?.blocks ?? [])];
    let at = walked?.at;
    let weight = walked?.weight ?? 0;
    for (const ref of messages.slice(labelled.length)) {
      const key = (at?.serial ?? tool) + ref.key;
      let next = this.#prefixes.get(key);
      if (next === undefined) {
        next = this.#withBlock(this.#after(at?.open ?? [], ref, profileFor), labelled);
        this.#prefixes.set(key, next, weightOf(next) + key.length);
      }
      labelled.push(next.message);
      if (next.block !== undefined) blocks.push(next.block);
      weight += weightOf(next);
      at = next;
    }
    if (at !== undefined) this.#walks.keep(tool, messages, { messages: labelled, blocks, at, weight, walked });
    return { messages: labelled, blocks };
  }

  /** @param before all messages before this one */
  #withBlock(prefix: Prefix, before: readonly LabelledMessage[]): Prefix {
    if ((before.length + 1) % BLOCK_MESSAGES !== 0) return prefix;
    const last = before.slice(before.length + 1 - BLOCK_MESSAGES).map(({ index }) => index);
    return { ...prefix, block: new IndexBlock([...last, prefix.message.index]) };
  }

  #after(open: readonly ToolCall[], ref: MessageRef, profileFor: ProfileFor): Prefix {
    const message = ref.read();
    const paired = pairResults(message, open);
    const sources = message.results.map((result, at): ResultSource => {
      const call = paired.answered[at];
      if (call !== undefined) return { call, profile: profileFor(call) };
      return result.tool === undefined ? {} : { profile: profileFor({ tool: result.tool, arguments: '{}' }) };
    });
    const leaves = labelMessage(message, sources, this.#reading);
    const labelled: LabelledMessage = {
      leaves,
      index: new LeafIndex(leaves),
      calls: message.calls,
      spoken: leaves.some(({ standing }) => standing === 'user'),
      tainted: leaves.some(({ standing }) => standing === 'free'),
      delegates: leaves.some(
        ({ standing, readings }) => standing === 'user' && delegates(readings[0]?.phrase.split(' ') ?? []),
      ),
      private: leaves.some(({ readers, origin }) => readers === 'session' && origin.tool !== undefined),
    };
    return { serial: `${this.#serial++} `, message: labelled, open: paired.open };
  }

  /** What a tool's definition says decides how its results are read. Remembered by the array that is handed in. */
  #toolKey(tools: readonly ToolDefinition[]): string {
    let key = this.#toolKeys.get(tools);
    if (key === undefined) {
      key = createHash('sha256').update(canonicalJson(tools)).digest('base64url');
      this.#toolKeys.set(tools, key);
    }
    return key;
  }
}
