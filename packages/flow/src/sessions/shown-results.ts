import { BoundedCache, type ChangedResult, type ResultNote } from '@sallyport/core';
import type { Prefix } from './prefix.ts';
import type { SessionState } from './session-state.ts';

export interface Shown {
  readonly state: SessionState;
  readonly prefix: Prefix;
  /** Messages that the session showed before just so: nothing in them differs. */
  readonly shared: number;
}

interface ShownResult {
  readonly turn: number;
  readonly result: number;
  readonly by: ChangedResult['by'];
  readonly name: string;
  readonly text: string;
}

/** About what an entry takes in memory beside its key, bytes. */
const ENTRY_BYTES = 160;

/** What each session showed as results of its tools: keyed fingerprints, by the call's id or else by where they stood. */
export class ShownResults {
  readonly #texts: BoundedCache<string>;

  constructor({ maxEntries, maxBytes }: { readonly maxEntries: number; readonly maxBytes: number }) {
    this.#texts = new BoundedCache({ maxEntries, maxWeight: maxBytes });
  }

  /** Results that read otherwise than before. Cost: what is not shared. */
  changed(shown: Shown): readonly ChangedResult[] {
    if (shown.state.isFresh) return [];
    return shownIn(shown).flatMap(({ name, text, turn, result, by }) => {
      const before = this.#texts.get(name);
      return before === undefined || before === text ? [] : [{ turn, result, by }];
    });
  }

  remember(shown: Shown): void {
    for (const { name, text } of shownIn(shown)) this.#texts.set(name, text, ENTRY_BYTES + name.length);
  }
}

function shownIn({ state, prefix, shared }: Shown): readonly ShownResult[] {
  const all: (Omit<ShownResult, 'name'> & { readonly id: string | undefined })[] = [];
  const ids = new Set<string>();
  for (let turn = shared; turn < prefix.turns.length; turn += 1) {
    for (const [result, note] of (prefix.turns[turn]?.turn.results ?? []).entries()) {
      const id = idOf(note, ids);
      all.push({ turn, result, id, by: id === undefined ? 'position' : 'call-id', text: note.text });
    }
  }
  prefix.prepare(all.flatMap(({ turn, id }) => (id === undefined ? [turn] : [])));
  return all.map(({ id, ...one }) => {
    const name = id === undefined ? `${prefix.name(one.turn)}/${one.result}` : `#${id}`;
    return { ...one, name: `${state.id} ${name}` };
  });
}

/** An id that comes twice says nothing the second time. */
function idOf({ callId }: ResultNote, ids: Set<string>): string | undefined {
  if (callId === undefined || ids.has(callId)) return undefined;
  ids.add(callId);
  return callId;
}
