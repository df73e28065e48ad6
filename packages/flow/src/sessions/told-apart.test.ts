import type { Session, SessionAnswer } from '@sallyport/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answer, ask, playedSessions, type Spoken } from '../testing/played-session.ts';

/** What one client does: it asks, with few words so that others ask the same, and is answered so, or otherwise, or not at all. */
const turn = fc.record({
  says: fc.constantFrom('a', 'b'),
  hears: fc.constantFrom('x', 'y', 'z'),
  as: fc.constantFrom('came', 'edited', 'lost', 'half', 'refused'),
});
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never;
const clients = fc.array(fc.array(turn, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 4 });

const AS: Readonly<Record<string, Partial<SessionAnswer>>> = {
  edited: { texts: undefined },
  half: { whole: false, texts: undefined },
  refused: { whole: false, texts: [], calls: [] },
};
const HEARD: Readonly<Record<string, string>> = { edited: 'x edited', refused: 'no' };

class PlayedClient {
  readonly ids: string[] = [];
  readonly #turns: Turn[];
  readonly #history: Spoken[] = [];
  #asked: { readonly session: Session; readonly turn: Turn } | undefined;

  constructor(turns: readonly Turn[]) {
    this.#turns = [...turns];
  }

  /** Asks, or takes the answer to what it asked. */
  step(sessions: ReturnType<typeof playedSessions>): void {
    if (this.#asked !== undefined) {
      const {
        session,
        turn: { hears, as },
      } = this.#asked;
      this.#asked = undefined;
      const heard: Spoken = { says: HEARD[as] ?? hears };
      if (as !== 'lost') answer(session, { says: hears }, AS[as]);
      this.#history.push(heard);
      return;
    }
    const next = this.#turns.shift();
    if (next === undefined) return;
    this.#history.push({ user: next.says });
    const session = ask(sessions, [...this.#history]);
    this.ids.push(session.id);
    this.#asked = { session, turn: next };
  }
}

it('never takes two clients for one, however what they ask and hear comes in between', () => {
  fc.assert(
    fc.property(clients, fc.array(fc.nat({ max: 3 }), { maxLength: 40 }), (all, order) => {
      const sessions = playedSessions();
      const played = all.map((turns) => new PlayedClient(turns));
      for (const at of order) played[at % played.length]?.step(sessions);
      for (const [at, { ids }] of played.entries()) {
        for (const other of played.slice(at + 1)) expect(ids.filter((id) => other.ids.includes(id))).toEqual([]);
      }
    }),
    { numRuns: 2_000 },
  );
});

it('goes on with the session of a client that is alone', () => {
  fc.assert(
    fc.property(fc.array(turn, { minLength: 2, maxLength: 6 }), (turns) => {
      const sessions = playedSessions();
      const client = new PlayedClient(turns.map((one) => ({ ...one, as: one.as === 'lost' ? 'half' : one.as })));
      for (let at = 0; at < 2 * turns.length; at += 1) client.step(sessions);
      expect(new Set(client.ids).size).toBe(1);
    }),
  );
});
