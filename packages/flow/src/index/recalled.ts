import type { MemoryLabel, MemoryPlace, MemoryState, Transcript } from '@sallyport/core';
import { pieceKeys } from '../memory/piece-keys.ts';

/** A memory out of which something was read, and what was known of it then. */
export interface Recalled {
  readonly memory: MemoryPlace;
  readonly state: MemoryState | undefined;
}

/** The same, with what was asked about it. */
export interface RecalledTexts extends Recalled {
  readonly texts: readonly RecalledText[];
}

interface RecalledText {
  readonly sealed: readonly string[];
  readonly label: MemoryLabel | undefined;
}

interface Recalling extends RecalledTexts {
  readonly texts: RecalledText[];
}

type Memories = Transcript['memories'];

/** Asks memories about texts of one message, and notes what they said, so that nobody has to read the texts again. */
export class Recollection {
  readonly #memories: Memories;
  readonly #noted: Recalling[] = [];

  constructor(memories: Memories) {
    this.#memories = memories;
  }

  get noted(): readonly RecalledTexts[] {
    return this.#noted;
  }

  /** How texts out of a memory are asked about; undefined where nothing is known of it, so that no digests have to be made. */
  of(memory: MemoryPlace): ((text: string) => MemoryLabel | undefined) | undefined {
    const memories = this.#memories;
    let noted = this.#noted.find((each) => isOf(each, memory));
    if (noted === undefined) {
      noted = { memory, state: memories?.stateOf(memory), texts: [] };
      this.#noted.push(noted);
    }
    const { state, texts } = noted;
    if (memories === undefined || state === undefined) return undefined;
    return (text) => {
      const sealed = memories.sealed(memory, pieceKeys(text));
      const label = memories.recall(memory, sealed);
      texts.push({ sealed, label });
      return label;
    };
  }
}

function isOf({ memory }: Recalled, { name, scope }: MemoryPlace): boolean {
  return memory.name === name && memory.scope === scope;
}

/** Whether nothing more, and nothing else, is known of these memories. */
export function isStill(recalled: readonly Recalled[], memories: Memories): boolean {
  return recalled.every(({ memory, state }) => memories?.stateOf(memory) === state);
}

/** What was noted, as it is now; undefined where one of the texts would get another label. Cost: O(keys), well under a microsecond each. */
export function askedAgain(
  recalled: readonly RecalledTexts[],
  memories: Memories,
): readonly RecalledTexts[] | undefined {
  const now: RecalledTexts[] = [];
  for (const { memory, state: before, texts } of recalled) {
    const state = memories?.stateOf(memory);
    const isSame =
      state === before ||
      (state?.memory === before?.memory &&
        texts.every(({ sealed, label }) => isEqual(memories?.recall(memory, sealed), label)));
    if (!isSame) return undefined;
    now.push({ memory, state, texts });
  }
  return now;
}

function isEqual(one: MemoryLabel | undefined, other: MemoryLabel | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** Both, each memory once, and nothing that was asked. Configuration names them, so that there are few. */
export function joined(all: readonly Recalled[], more: readonly Recalled[]): readonly Recalled[] {
  const others = more.filter(({ memory }) => all.every((each) => !isOf(each, memory)));
  return others.length === 0 ? all : [...all, ...others.map(({ memory, state }) => ({ memory, state }))];
}

/** Characters that are kept of what was asked. */
export function weightOfRecalled(recalled: readonly RecalledTexts[]): number {
  let keys = 0;
  for (const { texts } of recalled) for (const { sealed } of texts) keys += 1 + sealed.length;
  return keys * KEY_CHARS;
}

/** A sealed key has 16, and takes as much again. */
const KEY_CHARS = 32;
