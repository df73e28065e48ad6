import { describe, expect, it } from 'vitest';
import { answer, ask, OWNER, playedSessions, type Spoken } from '../testing/played-session.ts';

const ID = 'call_1f0e9d8c7b6a5f4e';
const OTHER = 'call_2a1b2c3d4e5f6a7b';
const READ: Spoken = { user: 'Read it.' };
const MORE: Spoken = { user: 'And more?' };
const HI: Spoken = { says: 'It says things.' };
const calls = (...ids: readonly string[]): Spoken => ({
  says: '',
  calls: ids.map((id) => ({ tool: 'read', arguments: '{}', ...(id !== '' && { id }) })),
});
const result = (tool: string, id?: string): Spoken => ({ tool, ...(id !== undefined && { id }) });

/** A session that has shown a result and was answered. */
function shown(call: Spoken, results: readonly Spoken[], whole = true) {
  const sessions = playedSessions();
  answer(ask(sessions, [READ]), call);
  answer(ask(sessions, [READ, call, ...results]), HI, { whole });
  return sessions;
}

describe('a result that reads otherwise than before', () => {
  it('is found by the id of its call, wherever it stands now', () => {
    const sessions = shown(calls(ID), [result('12.50', ID)]);
    const { changed } = ask(sessions, [READ, calls(ID), result('99.00', ID), HI, MORE]);
    expect(changed).toEqual([{ turn: 2, result: 0, by: 'call-id' }]);
    expect(ask(sessions, [MORE, result('99.00', ID)]).changed).toEqual([{ turn: 1, result: 0, by: 'call-id' }]);
  });

  it('is found by its place where no id tells', () => {
    for (const id of ['', 'call_0']) {
      const sessions = shown(calls(id), [result('12.50', id)]);
      const { changed } = ask(sessions, [READ, calls(id), result('99.00', id), HI, MORE]);
      expect(changed, id).toEqual([{ turn: 2, result: 0, by: 'position' }]);
      expect(ask(sessions, [MORE, calls(id), result('99.00', id)]).changed, id).toEqual([]);
    }
  });

  it('is found one by one', () => {
    const sessions = shown(calls(ID, OTHER), [result('a', ID), result('b', OTHER)]);
    const { changed } = ask(sessions, [READ, calls(ID, OTHER), result('a', ID), result('c', OTHER), HI, MORE]);
    expect(changed).toEqual([{ turn: 3, result: 0, by: 'call-id' }]);
  });

  it('is none while it stays what it was, however often it is sent', () => {
    const sessions = shown(calls(ID), [result('12.50', ID)]);
    const history = [READ, calls(ID), result('12.50', ID), HI];
    for (let at = 0; at < 3; at += 1) {
      history.push(MORE);
      const session = ask(sessions, history);
      expect(session.changed).toEqual([]);
      answer(session, HI);
      history.push(HI);
    }
    expect(ask(sessions, [MORE, result('99.00', ID)]).changed).toHaveLength(1);
  });

  it('is none when it was never answered: a client may run a tool again', () => {
    const sessions = shown(calls(ID), [result('12.50', ID)], false);
    expect(ask(sessions, [READ, calls(ID), result('99.00', ID)]).changed).toEqual([]);
  });

  it('is none of another session', () => {
    const sessions = shown(calls('call_0'), [result('12.50')]);
    const history = [READ, calls('call_0'), result('99.00')];
    expect(ask(sessions, history, { owner: { ...OWNER, id: 'other' } }).changed).toEqual([]);
    expect(ask(sessions, history).changed).toHaveLength(1);
  });

  it('is not told by an id that comes twice', () => {
    const sessions = shown(calls(ID), [result('a', ID), result('b', ID)]);
    expect(ask(sessions, [READ, calls(ID), result('a', ID), result('b', ID), HI, MORE]).changed).toEqual([]);
  });
});
