import { describe, expect, it } from 'vitest';
import { answer, ask, OWNER, playedSessions, type Spoken } from '../testing/played-session.ts';
import { CALL_IDS_MAX } from './create-sessions.ts';
import { ANSWERS_MAX } from './served-answers.ts';

const HELLO: Spoken = { user: 'Hello.' };
const MORE: Spoken = { user: 'And more?' };
const HI: Spoken = { says: 'Hi.' };
const TELLING = 'call_1f0e9d8c7b6a5f4e';
const calling = (id: string, tool = 'read'): Spoken => ({
  says: '',
  calls: [{ tool, arguments: '{"a": 1, "b": 2}', id }],
});

describe('a session', () => {
  it('begins with a request of which nothing is known, under an id that says nothing', () => {
    const sessions = playedSessions();
    const [one, two] = [ask(sessions, [HELLO]), ask(sessions, [HELLO])];
    expect(one).toMatchObject({ by: 'new', changed: [], before: undefined });
    expect(one.id).toMatch(/^ses_[0-9a-f]{20}$/);
    expect(two.id).not.toBe(one.id);
  });

  it('goes on by an answer that it was served, whatever white space a client adds to it', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO]);
    answer(one, { says: 'Hi.\n' });
    expect(ask(sessions, [HELLO, HI, MORE])).toMatchObject({ id: one.id, by: 'chain' });
    expect(ask(sessions, [HELLO, { says: 'Hi!' }, MORE]).by).toBe('new');
    expect(ask(sessions, [{ user: 'Hello!' }, HI, MORE]).by).toBe('new');
  });

  it('goes on by calls that it was served, in any order of their arguments', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO]);
    answer(one, calling('call_0'));
    const again: Spoken = { says: '', calls: [{ tool: 'read', arguments: '{"b":2,"a":1}' }] };
    expect(ask(sessions, [HELLO, again, { tool: 'x' }])).toMatchObject({ id: one.id, by: 'chain' });
  });

  it('goes on by the id of a call that it was served, wherever that stands', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO]);
    answer(one, calling(TELLING));
    expect(ask(sessions, [{ user: 'Sum.' }, { tool: 'x', id: TELLING }])).toMatchObject({ id: one.id, by: 'call-ids' });
  });

  it.each(['call_0', 'functions.read:0', 'c1', 'D681PevKs'])('goes on by no id that may be another one’s: %s', (id) => {
    const sessions = playedSessions();
    answer(ask(sessions, [HELLO]), calling(id));
    expect(ask(sessions, [MORE, calling(id), { tool: 'x', id }]).by).toBe('new');
  });

  it('goes on by no id that two were served', () => {
    const sessions = playedSessions();
    answer(ask(sessions, [HELLO]), calling(TELLING));
    answer(ask(sessions, [MORE]), calling(TELLING));
    expect(ask(sessions, [{ user: 'Sum.' }, { tool: 'x', id: TELLING }]).by).toBe('new');
  });

  it('is another one for somebody else, whatever they name', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO], { name: 'n', trace: 't' });
    answer(one, calling(TELLING));
    const others = [
      { ...OWNER, id: 'other' },
      { ...OWNER, kind: 'user' as const },
      { ...OWNER, tenant: 'other' },
    ];
    for (const owner of others) {
      for (const asking of [{}, { name: 'n' }, { trace: 't' }, { name: one.id }]) {
        expect(ask(sessions, [HELLO, calling(TELLING), { tool: 'x', id: TELLING }], { owner, ...asking }).id).not.toBe(
          one.id,
        );
      }
    }
  });

  it('is what the client names, and nothing of the name is in its id', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO], { name: 'my-chat' });
    expect(one.by).toBe('header');
    expect(ask(sessions, [MORE], { name: 'my-chat' })).toMatchObject({ id: one.id, by: 'header' });
    expect(ask(sessions, [MORE], { name: 'another' }).id).not.toBe(one.id);
    expect(ask(sessions, [MORE], { trace: 'my-chat' }).id).not.toBe(one.id);
    expect(one.id).not.toContain('my-chat');
  });

  it('may be named by the id that the client was told', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO]);
    expect(ask(sessions, [MORE], { name: one.id })).toMatchObject({ id: one.id, by: 'header' });
    expect(ask(sessions, [MORE], { name: `ses_${'0'.repeat(20)}` }).id).not.toBe(`ses_${'0'.repeat(20)}`);
  });

  it('keeps its own when a client begins to name it, and is another one under another name', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO]);
    answer(one, HI);
    const named = ask(sessions, [HELLO, HI, MORE], { name: 'n' });
    expect(named).toMatchObject({ id: one.id, by: 'chain' });
    expect(ask(sessions, [MORE], { name: 'n' })).toMatchObject({ id: one.id, by: 'header' });
    expect(ask(sessions, [HELLO, HI, MORE], { name: 'sub-agent' })).toMatchObject({ by: 'header' });
    expect(ask(sessions, [HELLO, HI, MORE], { name: 'sub-agent' }).id).not.toBe(one.id);
  });

  it('goes on though every request comes in a trace of its own', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO], { trace: 'a' });
    expect(one.by).toBe('trace');
    answer(one, HI);
    expect(ask(sessions, [HELLO, HI, MORE], { trace: 'b' })).toMatchObject({ id: one.id, by: 'chain' });
    expect(ask(sessions, [MORE], { trace: 'b' })).toMatchObject({ id: one.id, by: 'trace' });
  });

  it('is known by what is trusted most', () => {
    const sessions = playedSessions();
    const called = ask(sessions, [HELLO]);
    answer(called, calling(TELLING));
    const chained = ask(sessions, [MORE]);
    answer(chained, HI);
    const traced = ask(sessions, [{ user: 't' }], { trace: 't' });
    const named = ask(sessions, [{ user: 'n' }], { name: 'n' });
    const explicit = ask(sessions, [{ user: 'e' }]);
    const turns = [MORE, HI, { tool: 'x', id: TELLING }] as const;
    const all = { explicit: explicit.id, name: 'n', trace: 't' };
    expect(ask(sessions, turns, all)).toMatchObject({ id: explicit.id, by: 'explicit' });
    expect(ask(sessions, turns, { name: 'n', trace: 't' })).toMatchObject({ id: named.id, by: 'header' });
    expect(ask(sessions, turns, { trace: 't' })).toMatchObject({ id: traced.id, by: 'trace' });
    expect(ask(sessions, turns)).toMatchObject({ id: called.id, by: 'call-ids' });
    expect(ask(sessions, turns.slice(0, 2))).toMatchObject({ id: chained.id, by: 'chain' });
  });

  it('keeps the id under which the ledger knows it when it was forgotten here', () => {
    const id = `ses_${'a'.repeat(20)}`;
    expect(ask(playedSessions(), [HELLO], { explicit: id })).toMatchObject({ id, by: 'explicit' });
  });
});

describe('a long history', () => {
  const others = (count: number): readonly Spoken[] =>
    Array.from({ length: count }, (_, at) => ({ tool: 'x', id: `call_2b2b2b2b${at}a0b1c2d3` }));

  it('is searched for CALL_IDS_MAX ids from its end', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO]);
    answer(one, calling(TELLING));
    const asked = (count: number) => ask(sessions, [{ tool: 'x', id: TELLING }, ...others(count)]);
    expect(asked(CALL_IDS_MAX - 1)).toMatchObject({ id: one.id, by: 'call-ids' });
    expect(asked(CALL_IDS_MAX).by).toBe('new');
  });

  it('is searched for ANSWERS_MAX answers from its end', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO]);
    answer(one, HI);
    const asked = (count: number) => {
      const further = Array.from({ length: count }, (_, at): readonly Spoken[] => [
        { user: `${at}` },
        { says: `own ${at}` },
      ]);
      return ask(sessions, [HELLO, HI, ...further.flat(), MORE]);
    };
    expect(asked(ANSWERS_MAX - 1)).toMatchObject({ id: one.id, by: 'chain' });
    expect(asked(ANSWERS_MAX).by).toBe('new');
  });
});

describe('two sessions of the same beginning', () => {
  it('are told apart by what each was served', () => {
    const sessions = playedSessions();
    const [one, two] = [ask(sessions, [HELLO]), ask(sessions, [HELLO])];
    answer(one, { says: 'One.' });
    answer(two, { says: 'Two.' });
    expect(ask(sessions, [HELLO, { says: 'Two.' }, MORE]).id).toBe(two.id);
    expect(ask(sessions, [HELLO, { says: 'One.' }, MORE]).id).toBe(one.id);
  });

  it('are new ones when both were served the same', () => {
    const sessions = playedSessions();
    const [one, two] = [ask(sessions, [HELLO]), ask(sessions, [HELLO])];
    answer(one, HI);
    answer(two, HI);
    expect(ask(sessions, [HELLO, HI, MORE]).by).toBe('new');
  });
});

describe('an answer that left otherwise than it came', () => {
  const edited = { texts: undefined };

  it('is known by its place, where one session stands there', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO]);
    answer(one, HI, edited);
    expect(ask(sessions, [HELLO, { says: 'Whatever.' }, MORE])).toMatchObject({ id: one.id, by: 'chain' });
  });

  it('is not, where another one asked the same, were it answered or not', () => {
    const sessions = playedSessions();
    answer(ask(sessions, [HELLO]), HI, edited);
    ask(sessions, [HELLO]);
    expect(ask(sessions, [HELLO, HI, MORE]).by).toBe('new');
  });

  it('is one that broke off, too', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO]);
    answer(one, { says: 'Hi. And' }, { whole: false, ...edited });
    expect(ask(sessions, [HELLO, { says: 'Hi.' }, MORE])).toMatchObject({ id: one.id, by: 'chain' });
  });
});

describe('a refusal in place of an answer', () => {
  const refused = { whole: false, texts: [], calls: [] };

  it('is gone on from, where one session stands there', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO]);
    answer(one, { says: '' }, refused);
    expect(ask(sessions, [HELLO, { says: 'I can’t.' }, MORE])).toMatchObject({ id: one.id, by: 'chain' });
  });

  it('keeps nobody else from being known by what they were served', () => {
    const sessions = playedSessions();
    const one = ask(sessions, [HELLO]);
    answer(one, HI);
    answer(ask(sessions, [HELLO]), { says: '' }, refused);
    expect(ask(sessions, [HELLO, HI, MORE])).toMatchObject({ id: one.id, by: 'chain' });
  });
});

describe('what is forgotten', () => {
  const many = (sessions: ReturnType<typeof playedSessions>, count: number) => {
    for (let at = 0; at < count; at += 1)
      answer(ask(sessions, [{ user: `${at}` }], { name: `${at}` }), calling(`${TELLING}${at}`));
  };

  it('costs a new session, and is bounded by entries', () => {
    const sessions = playedSessions({ maxEntries: 8 });
    const one = ask(sessions, [HELLO], { name: 'n' });
    answer(one, calling(TELLING));
    many(sessions, 3);
    expect(ask(sessions, [{ tool: 'x', id: TELLING }]).id).toBe(one.id);
    many(sessions, 9);
    for (const asking of [{}, { name: 'n' }, { name: one.id }]) {
      expect(ask(sessions, [HELLO, calling(TELLING), { tool: 'x', id: TELLING }], asking).id).not.toBe(one.id);
    }
  });

  it('is bounded by bytes', () => {
    const known = (maxBytes: number) => {
      const sessions = playedSessions({ maxBytes });
      const one = ask(sessions, [HELLO]);
      answer(one, calling(TELLING));
      many(sessions, 100);
      return ask(sessions, [HELLO, calling(TELLING), { tool: 'x', id: TELLING }]).id === one.id;
    };
    expect(known(1_000_000)).toBe(true);
    expect(known(10_000)).toBe(false);
  });
});
