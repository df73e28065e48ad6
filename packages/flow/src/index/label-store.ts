import { createHash } from 'node:crypto';
import {
  BoundedCache,
  type Message,
  type MessageRef,
  type ToolCall,
  type ToolDefinition,
  type Transcript,
} from '@sallyport/core';
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
import { askedAgain, isStill, joined, type RecalledTexts, Recollection, weightOfRecalled } from './recalled.ts';
import { TranscriptSums } from './transcript-sums.ts';
import { type Walk, Walks } from './walks.ts';

/** A message, and what the labels of the next one depend on. */
interface Place {
  readonly message: LabelledMessage;
  /** Calls that wait for their results. */
  readonly open: readonly ToolCall[];
  /** The memories that its results came out of. */
  readonly recalled: readonly RecalledTexts[];
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
function weightOf({ message, recalled }: Place): number {
  return message.index.weight + 256 + weightOfRecalled(recalled);
}

/** A place with what its memories know now; undefined where that says something else of its message. */
function renewed(place: Place | undefined, memories: Transcript['memories']): Place | undefined {
  if (place === undefined || isStill(place.recalled, memories)) return place;
  const recalled = askedAgain(place.recalled, memories);
  return recalled && { ...place, recalled };
}

const NONE_OPEN: readonly ToolCall[] = [];
const NOTHING: Labelled = { messages: [], blocks: [], sums: new TranscriptSums() };

/** How results are read: by what their tools are, and by what is known of the memories that these have. */
interface Asked extends Pick<Transcript, 'memories'> {
  readonly profileFor: ProfileFor;
}

function sourcesOf(
  { results }: Message,
  answered: readonly (ToolCall | undefined)[],
  { profileFor, recollection }: { readonly profileFor: ProfileFor; readonly recollection: Recollection },
): readonly ResultSource[] {
  return results.map((result, at) => {
    const call = answered[at];
    if (call === undefined && result.tool === undefined) return {};
    const profile = profileFor(call ?? { tool: result.tool ?? '', arguments: '{}' });
    const recall = profile.memory && recollection.of(profile.memory);
    return { profile, ...(call !== undefined && { call }), ...(recall !== undefined && { recall }) };
  });
}

type ProfileFor = (call: Pick<ToolCall, 'tool' | 'arguments'>) => ToolProfile;

/**
 * Labels of messages that were seen before, each with the calls that waited for it: wherever it stands, so that a transcript whose
 * beginning was cut off is known as well. Everything in it can be made again from a transcript, and what is known of its memories: what
 * is forgotten costs time, never another answer, and what came out of a memory is labelled again when more is known of that.
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
  label({ messages, tools, memories }: Transcript, profileFor: ProfileFor): Labelled {
    const tool = this.#toolKey(tools);
    const before = this.#walks.before(tool, messages);
    const walked = before !== undefined && isStill(before.recalled, memories) ? before : undefined;
    if (walked?.messages.length === messages.length) return walked;
    const walk = this.#goOn(walked, messages, { tool, profileFor, memories });
    if (walk === undefined) return NOTHING;
    this.#walks.keep(tool, messages, walk);
    return walk;
  }

  #goOn(
    walked: Walk<Place> | undefined,
    refs: readonly MessageRef[],
    { tool, ...asked }: Asked & { readonly tool: string },
  ): Walk<Place> | undefined {
    const messages = [...(walked?.messages ?? [])];
    const blocks = [...(walked?.blocks ?? [])];
    const sums = new TranscriptSums(walked?.sums);
    let recalled = walked?.recalled ?? [];
    let at = walked?.at;
    let weight = walked?.weight ?? 0;
    for (const ref of refs.slice(messages.length)) {
      const open = at?.open ?? NONE_OPEN;
      const key = `${tool} ${this.#openKey(open)} ${ref.key}`;
      const known = this.#places.get(key);
      const next = renewed(known, asked.memories) ?? this.#after(open, ref, asked);
      if (next !== known) this.#places.set(key, next, weightOf(next) + key.length);
      messages.push(next.message);
      sums.take(next.message);
      recalled = joined(recalled, next.recalled);
      weight += weightOf(next);
      if (messages.length % BLOCK_MESSAGES === 0) {
        const block = this.#blockOf(messages.slice(-BLOCK_MESSAGES));
        blocks.push(block);
        weight += block.weight;
      }
      at = next;
    }
    return at && { messages, blocks, sums, recalled, at, weight };
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

  #after(open: readonly ToolCall[], ref: MessageRef, { profileFor, memories }: Asked): Place {
    const message = ref.read();
    const paired = pairResults(message, open);
    const recollection = new Recollection(memories);
    const sources = sourcesOf(message, paired.answered, { profileFor, recollection });
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
    return { message: labelled, open: paired.open, recalled: recollection.noted };
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
