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
import { TranscriptSums } from './transcript-sums.ts';
import { type Walk, Walks } from './walks.ts';

/** A message, and what the labels of the next one depend on. */
interface Place {
  readonly message: LabelledMessage;
  /** Calls that wait for their results. */
  readonly open: readonly ToolCall[];
}

/** The labels of a transcript. */
export type Labelled = Pick<Walk<unknown>, 'messages' | 'blocks' | 'sums'>;

export interface LabelStoreOptions {
  readonly limits: FlowLimits;
  readonly markers: readonly DocumentMarker[];
  /** Messages whose labels are kept. */
  readonly maxMessages: number;
  /** Characters of labelled text that are kept, with their indexes. */
  readonly maxChars: number;
}

/** The rough size of what is kept of a message, in characters. */
function weightOf({ message }: Place): number {
  return message.index.weight + 256;
}

const NONE_OPEN: readonly ToolCall[] = [];
const NOTHING: Labelled = { messages: [], blocks: [], sums: new TranscriptSums() };

type ProfileFor = (call: Pick<ToolCall, 'tool' | 'arguments'>) => ToolProfile;

/**
 * Labels of messages that were seen before, each with the calls that waited for it: wherever it stands, so that a transcript whose
 * beginning was cut off is known as well. Everything in it can be made again from a transcript and nothing else: what is forgotten
 * costs time, never another answer.
 */
export class LabelStore {
  readonly #reading: MessageReading;
  readonly #places: BoundedCache<Place>;
  readonly #blocks: BoundedCache<IndexBlock>;
  readonly #walks: Walks<Place>;
  readonly #toolKeys = new WeakMap<readonly ToolDefinition[], string>();
  readonly #openKeys = new WeakMap<readonly ToolCall[], string>();
  #serial = 0;

  constructor({ limits, markers, maxMessages, maxChars }: LabelStoreOptions) {
    this.#reading = { limits, markers };
    this.#places = new BoundedCache({ maxEntries: maxMessages, maxWeight: (maxChars * 3) / 8 });
    this.#blocks = new BoundedCache({ maxEntries: maxMessages, maxWeight: maxChars / 8 });
    this.#walks = new Walks<Place>({ maxEntries: maxMessages, maxWeight: maxChars / 2 });
  }

  /**
   * Labels every message of a transcript. Cost: what is new in it, where the same array was labelled before; else some 20 ns for each
   * message of a transcript that goes on with one that was labelled lately, and under a microsecond for each other message that is known.
   */
  label({ messages, tools }: Transcript, profileFor: ProfileFor): Labelled {
    const tool = this.#toolKey(tools);
    const walked = this.#walks.before(tool, messages);
    if (walked?.messages.length === messages.length) return walked;
    const walk = this.#goOn(walked, messages, { tool, profileFor });
    if (walk === undefined) return NOTHING;
    this.#walks.keep(tool, messages, walk);
    return walk;
  }

  #goOn(
    walked: Walk<Place> | undefined,
    refs: readonly MessageRef[],
    { tool, profileFor }: { readonly tool: string; readonly profileFor: ProfileFor },
  ): Walk<Place> | undefined {
    const messages = [...(walked?.messages ?? [])];
    const blocks = [...(walked?.blocks ?? [])];
    const sums = new TranscriptSums(walked?.sums);
    let at = walked?.at;
    let weight = walked?.weight ?? 0;
    for (const ref of refs.slice(messages.length)) {
      const open = at?.open ?? NONE_OPEN;
      const key = `${tool} ${this.#openKey(open)} ${ref.key}`;
      let next = this.#places.get(key);
      if (next === undefined) {
        next = this.#after(open, ref, profileFor);
        this.#places.set(key, next, weightOf(next) + key.length);
      }
      messages.push(next.message);
      sums.take(next.message);
      weight += weightOf(next);
      if (messages.length % BLOCK_MESSAGES === 0) {
        const block = this.#blockOf(messages.slice(-BLOCK_MESSAGES));
        blocks.push(block);
        weight += block.weight;
      }
      at = next;
    }
    return at && { messages, blocks, sums, at, weight };
  }

  #blockOf(messages: readonly LabelledMessage[]): IndexBlock {
    const key = messages.map(({ serial }) => serial).join(' ');
    let block = this.#blocks.get(key);
    if (block === undefined) {
      block = new IndexBlock(messages.map(({ index }) => index));
      this.#blocks.set(key, block, block.weight + key.length);
    }
    return block;
  }

  #after(open: readonly ToolCall[], ref: MessageRef, profileFor: ProfileFor): Place {
    const message = ref.read();
    const paired = pairResults(message, open);
    const sources = message.results.map((result, at): ResultSource => {
      const call = paired.answered[at];
      if (call !== undefined) return { call, profile: profileFor(call) };
      return result.tool === undefined ? {} : { profile: profileFor({ tool: result.tool, arguments: '{}' }) };
    });
    const leaves = labelMessage(message, sources, this.#reading);
    const labelled: LabelledMessage = {
      serial: this.#serial++,
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
    return { message: labelled, open: paired.open };
  }

  /** How a message is read depends on the calls that wait for it. Remembered by the array. */
  #openKey(open: readonly ToolCall[]): string {
    if (open.length === 0) return '';
    let key = this.#openKeys.get(open);
    if (key === undefined) {
      const calls = open.map(({ tool, arguments: given, id }) => [tool, given, id ?? null]);
      key = createHash('sha256').update(JSON.stringify(calls)).digest('base64url');
      this.#openKeys.set(open, key);
    }
    return key;
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
