import {
  BoundedCache,
  type KeyedTurn,
  ownerParts,
  type Session,
  type SessionAnswer,
  type SessionQuestion,
  type SessionSource,
  type Sessions,
} from '@sallyport/core';
import { isTellingId } from './is-telling-id.ts';
import { type Fingerprinter, noteTurn, printsOf } from './note-turn.ts';
import { Prefix } from './prefix.ts';
import { type Place, SEVERAL, ServedAnswers, type Standing } from './served-answers.ts';
import { SessionState } from './session-state.ts';
import { type Shown, ShownResults } from './shown-results.ts';

/** What is remembered of all sessions together. */
export interface SessionLimits {
  /** Entries of each kind: requests, answers, call ids, names, tool results and sessions; at least 2. */
  readonly maxEntries: number;
  /** Bytes that the entries of one kind may take, about. */
  readonly maxBytes: number;
}

export const SESSION_LIMITS: SessionLimits = { maxEntries: 65_536, maxBytes: 24_000_000 };

export interface SessionsOptions {
  /** Keyed. */
  readonly fingerprint: Fingerprinter;
  readonly limits?: Partial<SessionLimits>;
}

/** About what an entry takes in memory beside its key, bytes. */
const ENTRY_BYTES = 160;
/** Bytes that a session takes, about, whatever becomes of it. */
const STATE_BYTES = 400;
/** Ids from the end of a conversation that are looked at. */
export const CALL_IDS_MAX = 64;
/** The form of the ids that clients are shown. */
const OWN_ID = /^ses_[0-9a-f]{20}$/;

/** Opens the memory of one process, with nothing in it. */
export function createSessions({ fingerprint, limits }: SessionsOptions): Sessions {
  return new SessionBook(fingerprint, { ...SESSION_LIMITS, ...limits });
}

interface Found {
  readonly state: SessionState;
  readonly by: SessionSource;
}

interface Asked extends Pick<SessionQuestion, 'explicit'> {
  readonly owner: string;
  readonly prefix: Prefix;
  readonly names: readonly { readonly by: 'header' | 'trace'; readonly key: string; readonly value: string }[];
}

class SessionBook implements Sessions {
  readonly #fingerprint: Fingerprinter;
  readonly #answers: ServedAnswers;
  readonly #results: ShownResults;
  readonly #byId: BoundedCache<SessionState>;
  readonly #byName: BoundedCache<SessionState>;
  readonly #byCall: BoundedCache<Standing>;

  constructor(fingerprint: Fingerprinter, { maxEntries, maxBytes }: SessionLimits) {
    this.#fingerprint = fingerprint;
    this.#answers = new ServedAnswers({ maxEntries, maxBytes });
    this.#results = new ShownResults({ maxEntries, maxBytes });
    const bounds = { maxEntries, maxWeight: maxBytes };
    this.#byId = new BoundedCache(bounds);
    this.#byName = new BoundedCache(bounds);
    this.#byCall = new BoundedCache(bounds);
  }

  noteOf(content: Parameters<Sessions['noteOf']>[0]): ReturnType<Sessions['noteOf']> {
    return noteTurn(content, this.#fingerprint);
  }

  open({ owner, explicit, name, trace, turns }: SessionQuestion): Session {
    const key = JSON.stringify(ownerParts(owner));
    const prefix = new Prefix(key, turns);
    const names = [
      ...(name === undefined ? [] : [this.#nameOf('header', key, name)]),
      ...(trace === undefined ? [] : [this.#nameOf('trace', key, trace)]),
    ];
    const { state, by } = this.#resolve({ owner: key, explicit, prefix, names });
    for (const { by: named, key: known } of names) {
      if (this.#byName.get(known) === undefined) this.#byName.set(known, state, ENTRY_BYTES + known.length);
      state.named ||= named === 'header';
    }
    const place = this.#answers.stand(prefix, state);
    const shown = { state, prefix, place, shared: state.shared(prefix) };
    return {
      id: state.id,
      by,
      before: state.before(prefix),
      changed: this.#results.changed(shown),
      answered: (answer) => this.#answered(shown, answer),
    };
  }

  #resolve(asked: Asked): Found {
    const { owner, explicit, names } = asked;
    if (explicit !== undefined)
      return { state: this.#ofId(owner, explicit) ?? this.#new(owner, explicit), by: 'explicit' };
    for (const { by, key, value } of names) {
      const named = by === 'header' && OWN_ID.test(value) ? this.#ofId(owner, value) : undefined;
      const state = named ?? this.#byName.get(key);
      if (state !== undefined) return { state, by };
    }
    const held = this.#held(asked);
    const [first] = names;
    if (first === undefined) return held ?? { state: this.#new(owner), by: 'new' };
    // A session that the client calls otherwise is another one.
    if (held === undefined || (first.by === 'header' && held.state.named)) {
      return { state: this.#new(owner), by: first.by };
    }
    return held;
  }

  /** The session of which the conversation itself holds something that was served. */
  #held({ owner, prefix }: Asked): Found | undefined {
    const called = this.#called(owner, prefix.turns);
    if (called !== undefined) return { state: called, by: 'call-ids' };
    const chained = this.#answers.find(prefix);
    return chained === undefined ? undefined : { state: chained, by: 'chain' };
  }

  /** By the last id that tells. */
  #called(owner: string, turns: readonly KeyedTurn[]): SessionState | undefined {
    let left = CALL_IDS_MAX;
    for (let at = turns.length - 1; at >= 0; at -= 1) {
      for (const id of turns[at]?.turn.callIds ?? []) {
        if (left === 0) return undefined;
        left -= 1;
        const state = this.#byCall.get(`${owner} ${id}`);
        if (state !== undefined && state !== SEVERAL) return state;
      }
    }
    return undefined;
  }

  #answered(shown: Shown & { readonly place: Place }, answer: SessionAnswer): void {
    const { state, prefix, place } = shown;
    const { sent, whole, texts, calls, history, brought } = answer;
    for (const { id = '', tool } of calls) {
      if (!isTellingId(id, tool)) continue;
      const key = `${state.owner} ${id}`;
      const known = this.#byCall.get(key);
      // A provider that says an id again, to another session, tells nobody's session by it any more.
      const stands = known === undefined || known === state ? state : SEVERAL;
      this.#byCall.set(key, stands, ENTRY_BYTES + key.length);
    }
    this.#answers.serve(place, texts && printsOf(texts, calls, this.#fingerprint), state);
    if (whole) this.#results.remember(shown);
    if (sent) state.advance(prefix, history);
    if (brought) state.keep({ tainted: true, private: true, writes: 0 });
  }

  #ofId(owner: string, id: string): SessionState | undefined {
    const state = this.#byId.get(id);
    return state?.owner === owner ? state : undefined;
  }

  #new(owner: string, id?: string): SessionState {
    const state = new SessionState(owner, id);
    this.#byId.set(state.id, state, STATE_BYTES);
    return state;
  }

  #nameOf(by: 'header' | 'trace', owner: string, value: string): Asked['names'][number] {
    return { by, key: this.#fingerprint(JSON.stringify(['session name', by, owner, value])), value };
  }
}
