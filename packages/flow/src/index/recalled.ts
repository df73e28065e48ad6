import type { MemoryPlace, Transcript } from '@sallyport/core';
import type { ResultSource } from './label-message.ts';

/** A memory out of which something was read, and what was known of it then. */
export interface Recalled {
  readonly memory: MemoryPlace;
  readonly state: object | undefined;
}

export const NONE_RECALLED: readonly Recalled[] = [];

/** Whether nothing more, and nothing else, is known of these memories. */
export function isStill(recalled: readonly Recalled[], memories: Transcript['memories']): boolean {
  return recalled.every(({ memory, state }) => memories?.stateOf(memory) === state);
}

/** The memories that results came out of. */
export function recalledBy(sources: readonly ResultSource[], memories: Transcript['memories']): readonly Recalled[] {
  let all = NONE_RECALLED;
  for (const { profile } of sources) {
    const memory = profile?.memory;
    if (memory !== undefined) all = joined(all, [{ memory, state: memories?.stateOf(memory) }]);
  }
  return all;
}

/** Both, each memory once. Configuration names them, so that there are few. */
export function joined(all: readonly Recalled[], more: readonly Recalled[]): readonly Recalled[] {
  const others = more.filter(({ memory: { name, scope } }) =>
    all.every(({ memory }) => memory.name !== name || memory.scope !== scope),
  );
  return others.length === 0 ? all : [...all, ...others];
}
